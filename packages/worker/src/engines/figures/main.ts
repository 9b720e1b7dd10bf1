import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { commonSettings, readConfig, workerSettings } from '@tributary/shared';
import { readClips, wordErrors } from '@tributary/testkit';
import { createEngine } from '../create-engine.js';
import { type Engine, SAMPLE_RATE_HZ } from '../engine.js';
import { secondsOf, Talk } from './talk.js';

/*
 * Figures of a recogniser for docs/engines.md, without Redis or sockets:
 *
 *     ENGINE=sherpa node packages/worker/dist/engines/figures/main.js accuracy
 *     ENGINE=sherpa node packages/worker/dist/engines/figures/main.js sessions 50 60 [interim ms]
 *     ENGINE=sherpa node packages/worker/dist/engines/figures/main.js hour [seconds]
 */

const GAP_SECONDS = 1.2;
const SLICE_SAMPLES = SAMPLE_RATE_HZ / 10;
/** An hour may end with so much more memory than it had when its first tenth was over and all had been used once. */
const MOST_GROWTH = 0.1;

const clips = (await readClips()).map(({ reference, wav }) => ({
  reference,
  pcm: new Int16Array(Uint8Array.from(wav.pcm).buffer),
}));
const references = clips.map(({ reference }) => reference).join(' ');
const stream = withGaps(clips.map(({ pcm }) => pcm));

const [, , what = 'accuracy', ...numbers] = process.argv;
const config = readConfig({ ...commonSettings, ...workerSettings }, process.env);
const { engine, choice } = await createEngine(config);
say(choice);
try {
  if (what === 'accuracy') await accuracy();
  else if (what === 'sessions') await sessions(Number(numbers[0]), Number(numbers[1]), numbers[2]);
  else if (what === 'hour') await hour(Number(numbers[0] ?? 3_600));
  else throw new Error(`no figures are called ${what}`);
} finally {
  await engine.close();
}

/** Words wrong in a hundred when the whole recording is one segment a clip, and streamed in slices of several sizes. */
async function accuracy(): Promise<void> {
  const whole = await Promise.all(clips.map(({ pcm }) => recogniseWhole(engine, pcm)));
  const audioSeconds = secondsOf(clips.reduce((sum, { pcm }) => sum + pcm.length, 0));
  const decodeSeconds = whole.reduce((sum, { decodeMs }) => sum + decodeMs, 0) / 1_000;
  say(`whole clips: WER ${wer(whole.map(({ text }) => text).join(' '))}`);
  say(`real-time factor of decoding: ${(decodeSeconds / audioSeconds).toFixed(4)}`);
  const texts = new Set<string>();
  for (const sliceSamples of [320, SLICE_SAMPLES, SAMPLE_RATE_HZ]) {
    const talk = new Talk(engine, null);
    for (let at = 0; at < stream.length; at += sliceSamples)
      talk.push(stream.subarray(at, at + sliceSamples));
    await talk.end();
    const text = talk.segments.map((segment) => segment.text).join(' ');
    texts.add(text);
    say(`streamed in ${sliceSamples / 16} ms: WER ${wer(text)}, segments ${talk.segments.length}`);
  }
  say(`texts of the three are ${texts.size === 1 ? 'identical' : 'DIFFERENT'}`);
}

/** Many talks at the pace of speech; how long each segment's text takes from its cut. */
async function sessions(count: number, seconds: number, interimMs: string | undefined): Promise<void> {
  const talks = Array.from({ length: count }, () => new Talk(engine, interimMs ? Number(interimMs) : null));
  const began = performance.now();
  const cpu = process.cpuUsage();
  const childrenBefore = cpuSecondsOf(pids());
  let lateMs = 0;
  for (let slice = 0; slice * 0.1 < seconds; slice++) {
    for (const [i, talk] of talks.entries()) {
      // Each talk is at another place of the recording.
      const at = (slice * SLICE_SAMPLES + i * 7 * SLICE_SAMPLES) % (stream.length - SLICE_SAMPLES);
      talk.push(stream.subarray(at, at + SLICE_SAMPLES));
    }
    const dueMs = (slice + 1) * 100 - (performance.now() - began);
    lateMs = Math.max(lateMs, -dueMs);
    await setTimeout(Math.max(0, dueMs));
  }
  await Promise.all(talks.map((talk) => talk.end()));
  const elapsed = (performance.now() - began) / 1_000;
  const waits = talks.flatMap(({ segments }) => segments.map(({ waitMs }) => waitMs)).sort((a, b) => a - b);
  const { user, system } = process.cpuUsage(cpu);
  const children = cpuSecondsOf(pids()) - childrenBefore;
  say(`${count} sessions for ${seconds} s: segments ${waits.length}`);
  say(`from cut to text: median ${at(waits, 0.5)} ms, p99 ${at(waits, 0.99)} ms, worst ${at(waits, 1)} ms`);
  say(
    `cores used: this process ${((user + system) / 1e6 / elapsed).toFixed(2)}, children ${(children / elapsed).toFixed(2)}`,
  );
  say(
    `interim texts ${talks.reduce((sum, { interims }) => sum + interims, 0)}; fed late by at most ${lateMs.toFixed(0)} ms`,
  );
}

/** One session of an hour, or of so many seconds, faster than real time; memory at each tenth, and whether it ends where it began. */
async function hour(seconds: number): Promise<void> {
  const talk = new Talk(engine, 200);
  let fed = 0;
  let next = 0;
  const megabytes: number[][] = [];
  while (secondsOf(fed) < seconds) {
    for (let at = 0; at < stream.length; at += SLICE_SAMPLES) {
      // A copy, as audio that arrives is one.
      talk.push(stream.slice(at, at + SLICE_SAMPLES));
      fed += SLICE_SAMPLES;
      while (engine.waiting > 0) await setTimeout(1);
      if (at % (10 * SLICE_SAMPLES) === 0) await setTimeout(0);
    }
    if (secondsOf(fed) < next) continue;
    next += seconds / 10;
    collectGarbage();
    const now = [process.pid, ...pids()].map(residentMegabytes);
    megabytes.push(now);
    const [here, ...children] = now.map((one) => one.toFixed(0));
    const { heapUsed, external } = process.memoryUsage();
    say(
      `${secondsOf(fed).toFixed(0)} s of audio: resident MB: this process ${here} ` +
        `(of it heap in use ${(heapUsed / 2 ** 20).toFixed(0)}, outside of it ${(external / 2 ** 20).toFixed(0)}), ` +
        `children ${children.join(' ')}`,
    );
  }
  await talk.end();
  say(`segments ${talk.segments.length}`);
  const [, begun = [], ...others] = megabytes;
  const growth = (others.at(-1) ?? begun).map((one, i) => one / begun[i]! - 1);
  const ok = growth.every((one) => one <= MOST_GROWTH);
  const changes = growth.map((one) => `${one > 0 ? '+' : ''}${(100 * one).toFixed(1)} %`).join(', ');
  say(
    `from the end of the first tenth to the last: ${changes}: ${ok ? 'ok' : 'MISSED'}, at most +${100 * MOST_GROWTH} % is wanted`,
  );
  if (!ok) process.exitCode = 1;
}

function recogniseWhole(by: Engine, pcm: Int16Array) {
  const utterance = by.open({
    language: null,
    words: false,
    hotWords: [],
    interim: null,
    attempts: 0,
    attempted: () => {},
  });
  utterance.accept(pcm);
  return utterance.finish(pcm.length);
}

function withGaps(parts: readonly Int16Array[]): Int16Array {
  const gap = new Int16Array(GAP_SECONDS * SAMPLE_RATE_HZ);
  return Int16Array.from(parts.flatMap((part) => [...part, ...gap]));
}

function wer(text: string): string {
  const { errors, words } = wordErrors(references, text);
  return `${(errors / words).toFixed(3)} (${errors} of ${words} words)`;
}

function pids(): number[] {
  return 'pids' in engine ? (engine.pids as number[]) : [];
}

/** What is only not collected yet is no growth. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

function residentMegabytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1_024;
}

/** User and system time of processes, by the kernel's clock of 100 a second. */
function cpuSecondsOf(list: readonly number[]): number {
  return list.reduce((sum, pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return sum + (Number(fields[11]) + Number(fields[12])) / 100;
  }, 0);
}

function at(sorted: readonly number[], share: number): string {
  return (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0).toFixed(0);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
