import { compareIds, type Mark, type SessionOptions, sessionOptions } from '@tributary/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EnergyEndpointer } from '../audio/energy-endpointer.js';
import { FixedEndpointer } from '../audio/fixed-endpointer.js';
import { bytesOf, cutAt, noise } from '../audio/fixtures/signals.js';
import { wavFile } from '../audio/fixtures/wav-file.js';
import { toInt16 } from '../audio/samples.js';
import type { SessionOutput } from './conclusion.js';
import { type HeardConclusion, Listener } from './fixtures/listener.js';
import { openSession, type Setup } from './fixtures/spoken-log.js';
import type { SpeechSession } from './speech-session.js';

/** What is promised of the stream, and how often a worker sweeps here. */
const PIN_LIMIT_MS = 60_000;
const SWEEP_MS = 300;
const RATE = 16_000;

function setupOf(options: Partial<SessionOptions> = {}, energy = false): Setup {
  return {
    options: { ...sessionOptions({ action: 'start' }), ...options },
    maxSegmentSeconds: 10,
    createEndpointer: () =>
      energy
        ? new EnergyEndpointer({ endpointingMs: 500, maxSegmentSeconds: 10 })
        : new FixedEndpointer(RATE),
  };
}

interface Arrival {
  atMs: number;
  bytes: Uint8Array;
}

/** A worker with one session: it sweeps by stream time and commits at once, unless it is told not to. */
class Worker {
  readonly concluded: HeardConclusion[] = [];
  #listener = new Listener();
  readonly #setup: Setup;
  readonly #commits: boolean;
  #session: SpeechSession;
  #mark: Mark | null = null;
  #nowMs = 0;
  #sweptMs = 0;
  #log: { id: string; index: number; bytes: Uint8Array; atMs: number }[] = [];

  constructor(setup: Setup, commits = true) {
    this.#setup = setup;
    this.#commits = commits;
    this.#session = openSession(setup, null);
  }

  get session(): SpeechSession {
    return this.#session;
  }

  /** Chunks that may not be trimmed yet. */
  get pinned(): number {
    const oldest = this.#session.oldestNeeded((a, b) => compareIds(a, b) < 0);
    return oldest === null ? 0 : this.#log.length - this.#log.findLastIndex(({ id }) => id === oldest);
  }

  /** How long ago the oldest chunk arrived that may not be trimmed yet. */
  get pinnedMs(): number {
    const oldest = this.#session.oldestNeeded((a, b) => compareIds(a, b) < 0);
    return oldest === null ? 0 : this.#nowMs - Number.parseInt(oldest, 10);
  }

  /** Lets stream time pass. */
  passTo(atMs: number): void {
    while (this.#sweptMs + SWEEP_MS <= atMs) {
      this.#sweptMs += SWEEP_MS;
      this.#nowMs = this.#sweptMs;
      this.#take(this.#session.gap(this.#nowMs));
      this.#take(this.#session.unpin(this.#nowMs));
      // Without `expect`, which took longer than the session did.
      if (this.#commits && !(this.pinnedMs < PIN_LIMIT_MS)) throw new Error(`pinned for ${this.pinnedMs} ms`);
    }
    this.#nowMs = atMs;
  }

  hear(atMs: number, bytes: Uint8Array): void {
    this.passTo(atMs);
    const index = this.#log.length;
    const arrived = { id: `${atMs}-${index}`, index, bytes, atMs };
    this.#log.push(arrived);
    this.#feed(arrived);
  }

  finish(): void {
    const entry = { id: `${this.#nowMs}-${this.#log.length}`, epoch: '10.tag', n: this.#log.length };
    this.#take(this.#session.entry({ ...entry, chunk: null, reason: 'completed' }, this.#nowMs));
  }

  /** Another worker goes on from the last mark, with what of the stream is needed. */
  die(): void {
    const oldest = this.#session.oldestNeeded((a, b) => compareIds(a, b) < 0);
    this.#session = openSession(this.#setup, this.#mark);
    this.#listener = new Listener();
    const rest = this.#log.filter(({ id }) => oldest !== null && compareIds(id, oldest) >= 0);
    for (const arrived of rest) this.#feed(arrived);
  }

  /** Samples of all segments, in order. */
  get heard(): Buffer {
    return this.heardOn(0);
  }

  heardOn(channel: number): Buffer {
    const pieces = this.concluded.flatMap((conclusion) =>
      conclusion.kind === 'segment' && conclusion.channel === channel ? [bytesOf(conclusion.pcm)] : [],
    );
    return Buffer.concat(pieces);
  }

  #feed({ id, index, bytes, atMs }: (typeof this)['arrivals'][number]): void {
    const chunk = { index, audio: Buffer.from(bytes) };
    this.#take(this.#session.entry({ id, epoch: '10.tag', n: index, chunk, reason: 'completed' }, atMs));
  }

  get arrivals(): { id: string; index: number; bytes: Uint8Array; atMs: number }[] {
    return this.#log;
  }

  #take(outputs: readonly SessionOutput[]): void {
    for (const conclusion of this.#listener.conclusions(outputs)) {
      this.concluded.push(conclusion);
      if (!this.#commits) continue;
      this.#mark = JSON.parse(JSON.stringify({ ...conclusion.mark, segment: 0 })) as Mark;
      this.#session.covered(conclusion.mark);
    }
  }
}

const SPEECH = toInt16(noise(3 * RATE, 0.1));

describe('an end in the middle of something pins nothing for long', () => {
  it.each([
    ['speech that never pauses long enough', {}, bytesOf(SPEECH).subarray(0, 20_000)],
    ['a whole WAV header', {}, wavFile(new Uint8Array(0), { declaredBytes: 3_200 })],
    ['half a WAV header', {}, wavFile(new Uint8Array(0)).subarray(0, 30)],
    ['half a sample', {}, bytesOf(SPEECH).subarray(0, 3_201)],
    ['three bytes', {}, Uint8Array.of(1, 2, 3)],
    ['nothing', {}, new Uint8Array(0)],
    [
      'the tail of a resampler',
      { format: { encoding: 's16le', sample_rate: 44_100, channels: 2 } },
      bytesOf(SPEECH).subarray(0, 20_002),
    ],
  ] as const)('%s', (_, options, bytes) => {
    for (const gapMs of [0, 800]) {
      const worker = new Worker(setupOf({ ...options, gapMs }));
      worker.hear(1_000, bytes);
      worker.passTo(2_000 + PIN_LIMIT_MS);
      expect(worker.pinned).toBe(0);
      const count = worker.concluded.length;
      worker.passTo(10 * PIN_LIMIT_MS);
      expect(worker.concluded).toHaveLength(count);
    }
  });
});

it('what follows half a sample and a long pause is heard as it was said', () => {
  for (const dies of [false, true]) {
    const worker = new Worker(setupOf({ gapMs: 0 }));
    const bytes = bytesOf(SPEECH);
    worker.hear(1_000, bytes.subarray(0, 3_201));
    worker.passTo(1_000 + PIN_LIMIT_MS);
    if (dies) worker.die();
    worker.hear(2_000 + PIN_LIMIT_MS, bytes.subarray(3_201));
    worker.finish();
    // One sample has fallen between the two streams.
    expect(worker.heard.equals(Buffer.concat([bytes.subarray(0, 3_200), bytes.subarray(3_202)]))).toBe(true);
  }
});

it('a client whose audio stops within its header is told so, once', () => {
  const worker = new Worker(setupOf());
  worker.hear(1_000, wavFile(new Uint8Array(0)).subarray(0, 30));
  worker.passTo(2 * PIN_LIMIT_MS);
  worker.hear(2 * PIN_LIMIT_MS, bytesOf(SPEECH));
  worker.finish();
  expect(worker.concluded.map(({ kind }) => kind)).toEqual(['error', 'silence', 'end']);
});

it('an empty first chunk decides nothing about the audio behind it', () => {
  const worker = new Worker(setupOf());
  worker.hear(1_000, new Uint8Array(0));
  worker.passTo(2 * PIN_LIMIT_MS);
  const [header, samples] = cutAt(wavFile(bytesOf(SPEECH)), [44]);
  worker.hear(2 * PIN_LIMIT_MS, header!);
  worker.hear(2 * PIN_LIMIT_MS + 100, samples!);
  worker.finish();
  expect(worker.heard.equals(bytesOf(SPEECH))).toBe(true);
});

it('a recogniser that lags is not given ever smaller pieces', () => {
  const worker = new Worker(setupOf({ gapMs: 0 }), false);
  const second = bytesOf(SPEECH).subarray(0, 2 * RATE);
  for (let s = 1; s <= 70; s++) {
    for (const [i, slice] of cutAt(second, [6_401, 12_801, 19_201, 25_601]).entries()) {
      worker.hear(s * 1_000 + i * 200, slice);
    }
  }
  expect(worker.concluded).toHaveLength(70);
  for (const conclusion of worker.concluded) {
    expect(conclusion.kind === 'segment' && Buffer.from(bytesOf(conclusion.pcm)).equals(second)).toBe(true);
  }
});

describe('ten minutes of silence', () => {
  const TEN_MINUTES_MS = 600_000;

  it('from a muted microphone', () => {
    const worker = new Worker(setupOf({}, true));
    worker.hear(1_000, bytesOf(SPEECH));
    let most = 0;
    for (let atMs = 4_100; atMs < TEN_MINUTES_MS; atMs += 100) {
      worker.hear(atMs, new Uint8Array(3_200));
      most = Math.max(most, worker.pinned);
    }
    // Five seconds until a border, and what it leaves for the next stretch.
    expect(most).toBeLessThan(60);
    expect(worker.concluded.length).toBeGreaterThan(TEN_MINUTES_MS / 6_000);
  });

  it.each([0, 800])('from a client that sends nothing, gap_ms %i', (gapMs) => {
    const worker = new Worker(setupOf({ gapMs }, true));
    worker.hear(1_000, bytesOf(SPEECH).subarray(0, 32_000));
    worker.passTo(TEN_MINUTES_MS);
    expect(worker.pinned).toBe(0);
    expect(worker.concluded.length).toBeLessThan(4);
    worker.hear(TEN_MINUTES_MS, bytesOf(SPEECH));
    worker.finish();
    expect(worker.concluded.at(-1)).toMatchObject({ kind: 'end', body: { duration: 4, chunk_count: 2 } });
  });
});

const arrivals: fc.Arbitrary<Arrival[]> = fc
  .array(
    fc.record({
      bytes: fc.integer({ min: 0, max: 9_000 }),
      pauseMs: fc.oneof({ weight: 4, arbitrary: fc.nat(500) }, fc.nat(100_000)),
    }),
    { minLength: 1, maxLength: 30 },
  )
  .map((chunks) => {
    let atMs = 1_000;
    let from = 0;
    return chunks.map(({ bytes, pauseMs }) => {
      atMs += pauseMs;
      const begin = from;
      // Whole samples: a pause within one costs it, which is tested above.
      from += bytes - (bytes % 2);
      return { atMs, bytes: bytesOf(ENDLESS).subarray(begin, from) };
    });
  });
const ENDLESS = toInt16(noise(160_000, 0.1, 7));

it('two channels: whatever pauses there are and whoever dies, no sample of either is missing or heard twice', () => {
  // They are cut in different places.
  const frames = [ENDLESS, ENDLESS.toReversed()];
  const both = Int16Array.from({ length: 2 * ENDLESS.length }, (_, i) => frames[i % 2]![i >> 1]!);
  const format = { encoding: 's16le', sample_rate: RATE, channels: 2 } as const;
  fc.assert(
    fc.property(arrivals, fc.constantFrom(0, 300, 800), fc.array(fc.nat(30)), (heard, gapMs, deaths) => {
      let opened = 0;
      const worker = new Worker({
        ...setupOf({ gapMs, channels: 'separate', format }),
        createEndpointer: () => new FixedEndpointer(opened++ % 2 === 0 ? RATE : 9_001),
      });
      let from = 0;
      heard.forEach(({ atMs, bytes }, i) => {
        worker.hear(atMs, bytesOf(both).subarray(2 * from, 2 * (from + bytes.length)));
        from += bytes.length;
        if (deaths.includes(i)) worker.die();
      });
      worker.finish();
      for (const channel of [0, 1]) {
        const expected = bytesOf(frames[channel]!.subarray(0, from / 2));
        expect(worker.heardOn(channel).equals(expected)).toBe(true);
      }
      // Where not one sample came, nobody knows how many channels there would have been.
      const channels = from === 0 ? 1 : 2;
      expect(worker.concluded.at(-1)).toMatchObject({ body: { chunk_count: heard.length, channels } });
    }),
    { numRuns: 100 },
  );
});

it('whatever pauses there are and whoever dies, no sample is missing or heard twice', () => {
  fc.assert(
    fc.property(arrivals, fc.constantFrom(0, 300, 800), fc.array(fc.nat(30)), (heard, gapMs, deaths) => {
      const worker = new Worker(
        setupOf({ gapMs, format: { encoding: 's16le', sample_rate: RATE, channels: 1 } }),
      );
      heard.forEach(({ atMs, bytes }, i) => {
        worker.hear(atMs, bytes);
        if (deaths.includes(i)) worker.die();
      });
      worker.finish();
      const samples = heard.reduce((sum, { bytes }) => sum + bytes.length / 2, 0);
      expect(worker.heard.equals(bytesOf(ENDLESS.subarray(0, samples)))).toBe(true);
      expect(worker.concluded.at(-1)).toMatchObject({
        body: { chunk_count: heard.length, lost_chunk_count: 0 },
      });
    }),
    { numRuns: 100 },
  );
});
