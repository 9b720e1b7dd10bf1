import { compareIds, type Mark, sessionOptions } from '@tributary/shared';
import { expect, it } from 'vitest';
import { FixedEndpointer } from '../audio/fixed-endpointer.js';
import { bytesOf, noise } from '../audio/fixtures/signals.js';
import { toInt16 } from '../audio/samples.js';
import type { HeardConclusion } from './fixtures/listener.js';
import { type Logged, Owner, type Setup } from './fixtures/spoken-log.js';

/** What is promised of the stream. */
const PIN_LIMIT_MS = 60_000;
const RATE = 16_000;
const SETUP: Setup = {
  options: { ...sessionOptions({ action: 'start' }), gapMs: 0, format: 'auto' },
  maxSegmentSeconds: 10,
  createEndpointer: () => new FixedEndpointer(RATE),
};
/** Chunks of half a second. */
const CHUNKS = Array.from({ length: 4 }, (_, i) => bytesOf(toInt16(noise(RATE / 2, 0.1, i + 1))));
const FIRST = '1000000.tag';
const SECOND = '2000000.tag';

function control(timeMs: number, epoch: string): Logged {
  return { kind: 'control', id: `${timeMs}-0`, timeMs, epoch };
}

function chunk(timeMs: number, epoch: string, n: number, index: number): Logged {
  const id = `${timeMs}-0`;
  const audio = Buffer.from(CHUNKS[index] ?? []);
  return { kind: 'entry', id, timeMs, entry: { id, epoch, n, chunk: { index, audio }, reason: 'completed' } };
}

/** Reads a stream and lets time pass; all conclusions are committed at once. */
function listenUntil(mark: Mark | null, log: readonly Logged[], nowMs: number) {
  const owner = new Owner(SETUP, mark);
  const concluded: HeardConclusion[] = [];
  const commit = (conclusions: readonly HeardConclusion[]): void => {
    for (const conclusion of conclusions) owner.session.covered(conclusion.mark);
    concluded.push(...conclusions);
  };
  for (const item of log) commit(owner.feed(item));
  commit(owner.unpin(nowMs));
  const last = concluded.at(-1)?.mark;
  return {
    owner,
    concluded,
    needed: owner.session.oldestNeeded((a, b) => compareIds(a, b) < 0),
    mark: last === undefined ? mark : (JSON.parse(JSON.stringify({ ...last, segment: 0 })) as Mark),
  };
}

function heard(conclusions: readonly HeardConclusion[]): Buffer {
  return Buffer.concat(conclusions.flatMap((one) => (one.kind === 'segment' ? [bytesOf(one.pcm)] : [])));
}

it('a new owner needs nothing of an earlier epoch of which all is concluded', () => {
  const log = [
    control(1_000, FIRST),
    chunk(1_100, FIRST, 0, 0),
    chunk(1_200, FIRST, 1, 1),
    control(2_000, SECOND),
    chunk(2_100, SECOND, 0, 1),
    chunk(2_200, SECOND, 1, 2),
    chunk(2_300, SECOND, 2, 3),
  ];
  const first = listenUntil(null, log, 2_400);
  expect(heard(first.concluded).equals(Buffer.concat(CHUNKS))).toBe(true);
  expect(first.mark).toMatchObject({ chunk: 4, epoch: SECOND });
  expect(first.needed).toBeNull();
  expect(listenUntil(first.mark, log, 2_400).needed).toBeNull();
});

it('what lies behind a hole is heard though its client stays silent, and pins nothing for long', () => {
  // Chunk 1 never came, and its client, which keeps nothing, went on to the next epoch and fell silent.
  const log = [
    control(1_000, FIRST),
    chunk(1_100, FIRST, 0, 0),
    chunk(1_300, FIRST, 2, 2),
    control(2_000, SECOND),
  ];
  const waiting = listenUntil(null, log, 3_000);
  expect(waiting.needed).toBe('1100-0');
  const first = listenUntil(null, log, 1_300 + PIN_LIMIT_MS);
  expect(heard(first.concluded).equals(Buffer.concat([CHUNKS[0]!, CHUNKS[2]!]))).toBe(true);
  expect(first.needed).toBeNull();
  // Whoever goes on from there agrees, also when all is still in the stream, and hears what comes at last.
  const later = 2 * PIN_LIMIT_MS;
  const second = listenUntil(first.mark, [...log, chunk(later, SECOND, 0, 3)], 2 * later);
  expect(heard(second.concluded).equals(CHUNKS[3]!)).toBe(true);
  expect(second.needed).toBeNull();
  expect(second.mark).toMatchObject({ chunk: 4, chunks: 3, lostChunks: 1 });
});
