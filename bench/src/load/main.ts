import { monitorEventLoopDelay } from 'node:perf_hooks';
import { readClips } from '@tributary/testkit';
import { Random } from '../chaos/random.js';
import { FrameMemory } from './frame-socket.js';
import { LoadClient } from './load-client.js';
import type { LoadOrder, LoadPlan, LoadReport } from './load-messages.js';
import { NoiseLoop } from './noise.js';
import { Playlist } from './playlist.js';
import { Recorder } from './recorder.js';
import { sessionSeconds } from './session-length.js';
import { TimeWheel } from './time-wheel.js';
import { SAMPLE_RATE_HZ, type Utterance } from './utterance.js';

/* A process that plays very many light clients: it takes orders from its parent and reports once a second. */

const REPORT_MS = 1_000;
const LOOK_MS = 500;
const MICROS_PER_MS = 1_000_000;

const recorder = new Recorder();
const memory = new FrameMemory();
const clients: LoadClient[] = [];
const wheel = new TimeWheel<LoadClient>(performance.now());
const delay = monitorEventLoopDelay({ resolution: 5 });
let plan: LoadPlan | undefined;
let utterance: (slot: number, n: number) => Utterance;
let stopping = false;

function tell(report: LoadReport): void {
  process.send?.(report);
}

/** @returns what the `n`th session of client `slot` says */
async function voice(of: LoadPlan): Promise<typeof utterance> {
  const lengthOf = (slot: number, n: number): number =>
    sessionSeconds(of.mode, new Random(of.seed, 'length', slot, n).next());
  if (of.voice === 'noise') {
    const loop = new NoiseLoop(of.seed);
    return (slot, n) => loop.utterance(slot * 1_009 + n, Math.round(lengthOf(slot, n) * SAMPLE_RATE_HZ));
  }
  const clips = await readClips();
  return (slot, n) =>
    new Playlist(clips, slot + n, of.mode === 'short' ? 0 : lengthOf(slot, n) * SAMPLE_RATE_HZ);
}

async function begin(given: LoadPlan): Promise<void> {
  plan = given;
  if (given.warmsUp) recorder.phase = 'warming-up';
  utterance = await voice(given);
  delay.enable();
  setInterval(report, REPORT_MS);
  setInterval(() => {
    const now = performance.now();
    for (const client of clients) client.look(now);
  }, LOOK_MS);
  turn();
  tell({ type: 'ready' });
}

function turn(): void {
  wheel.turn(performance.now(), (client) => client.speak(performance.now()));
  setTimeout(turn, 1);
}

function report(): void {
  const max = Math.max(0, delay.max / MICROS_PER_MS);
  const p99 = Math.max(0, delay.percentile(99) / MICROS_PER_MS);
  delay.reset();
  tell({ type: 'interval', interval: recorder.interval(max, p99) });
}

function grow(slots: readonly number[], overMs: number): void {
  slots.forEach((slot, i) => {
    setTimeout(() => add(slot), (overMs * i) / Math.max(1, slots.length));
  });
}

function add(slot: number): void {
  if (plan === undefined || stopping) return;
  const client = new LoadClient({
    plan,
    recorder,
    memory,
    slot,
    utterance,
    wakeAt: (who, atMs) => wheel.add(who, atMs),
    gone: (who) => {
      const at = clients.indexOf(who);
      if (at >= 0) clients.splice(at, 1);
      if (stopping && clients.length === 0) tellIdle();
    },
  });
  clients.push(client);
  client.begin();
}

function stop(): void {
  stopping = true;
  for (const client of [...clients]) client.leave();
  if (clients.length === 0) return tellIdle();
  // Whatever cannot even finish (its gateway is away, say) must not hold the run up.
  setTimeout(
    () => {
      for (const client of [...clients]) client.abandon('it did not end in time');
      setTimeout(tellIdle, LOOK_MS);
    },
    (plan?.finishMs ?? 0) + 2 * LOOK_MS,
  );
}

let idle = false;
function tellIdle(): void {
  if (idle) return;
  idle = true;
  report();
  tell({ type: 'idle' });
}

process.on('message', (order: LoadOrder) => {
  switch (order.type) {
    case 'plan':
      return void begin(order.plan);
    case 'grow':
      return grow(order.clients, order.overMs);
    case 'keep':
      for (const client of clients.slice(order.clients)) client.leave();
      return;
    case 'phase':
      report();
      recorder.phase = order.phase;
      return;
    case 'stop':
      return stop();
  }
});
process.once('disconnect', () => process.exit());
// A Ctrl-C reaches the whole group; the parent decides in which order things end.
process.on('SIGINT', () => undefined);
