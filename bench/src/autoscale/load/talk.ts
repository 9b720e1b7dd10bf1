import { setTimeout as sleep } from 'node:timers/promises';
import type { TributaryClient } from '@tributary/client';
import { syntheticText } from '@tributary/worker';
import { FORMAT, SAMPLE_RATE_HZ, speech } from '../../chaos/speech.js';

/** Seconds of speech that there are; sessions begin at any of them and go round. */
const CLIP_SECONDS = 60;
/** Few enough for one process to play all sessions in time, also where it shares its machine with what it loads. */
const CHUNK_MS = 250;
const SAMPLES_PER_CHUNK = (SAMPLE_RATE_HZ * CHUNK_MS) / 1_000;
const CHUNKS_PER_SECOND = 1_000 / CHUNK_MS;
const SEED = 20_240_801;

const CLIP_SAMPLES = CLIP_SECONDS * SAMPLE_RATE_HZ;
/** The clip twice, so that any stretch of up to its length lies in one piece. */
const clip = speech(SEED, 0, CLIP_SAMPLES);
const twice = new Int16Array(2 * CLIP_SAMPLES);
twice.set(clip);
twice.set(clip, CLIP_SAMPLES);
const chunks = Array.from(
  { length: CLIP_SECONDS * CHUNKS_PER_SECOND },
  (_, n) => new Uint8Array(clip.buffer, n * SAMPLES_PER_CHUNK * 2, SAMPLES_PER_CHUNK * 2),
);

/** A segment as it was heard. */
interface Heard {
  readonly text: string;
  /** In samples. */
  readonly from: number;
  readonly to: number;
}

/** One session that speaks at the pace of speech until it is told to end, and checks every word. */
export class Talk {
  readonly #client: TributaryClient;
  readonly #firstSecond = Math.floor(Math.random() * CLIP_SECONDS);
  readonly #onResult: (delayMs: number) => void;
  #ending = false;
  #samplesSent = 0;
  resumes = 0;

  constructor(client: TributaryClient, onResult: (delayMs: number) => void) {
    this.#client = client;
    this.#onResult = onResult;
  }

  get ending(): boolean {
    return this.#ending;
  }

  /** Ends it at the next full second. */
  end(): void {
    this.#ending = true;
  }

  /** @throws Error when it failed, or when a text is not what was said. */
  async run(): Promise<void> {
    const session = this.#client.open({ format: FORMAT });
    const beganAt = performance.now();
    const heard: Heard[] = [];
    const reading = (async () => {
      for await (const event of session) {
        if (event.type !== 'chunk_result') continue;
        const [from, to] = [event.start, event.end].map((seconds) => Math.round(seconds * SAMPLE_RATE_HZ));
        heard.push({ text: event.text, from: from!, to: to! });
        this.#onResult(performance.now() - (beganAt + (event.chunk_index + 1) * CHUNK_MS));
      }
    })();
    reading.catch(() => undefined);
    try {
      await this.#say(beganAt, async (bytes) => await session.send(bytes));
      const final = await session.finish();
      await reading;
      this.#judge(heard, final.text);
    } finally {
      this.resumes = session.counters.resumes;
      session.close();
    }
  }

  async #say(beganAt: number, send: (bytes: Uint8Array) => Promise<unknown>): Promise<void> {
    for (let n = 0; !(this.#ending && n % CHUNKS_PER_SECOND === 0 && n > 0); n++) {
      // By the clock, not by adding up pauses: those are never exact.
      await sleep(Math.max(0, beganAt + (n + 1) * CHUNK_MS - performance.now()));
      await send(chunks[(this.#firstSecond * CHUNKS_PER_SECOND + n) % chunks.length]!);
      this.#samplesSent = (n + 1) * SAMPLES_PER_CHUNK;
    }
  }

  /** Every sample is in exactly one segment, and each text is the checksum of just these samples. */
  #judge(heard: readonly Heard[], final: string): void {
    const offset = this.#firstSecond * SAMPLE_RATE_HZ;
    let position = 0;
    for (const [n, { text, from, to }] of heard.entries()) {
      if (from !== position) throw new Error(`segment ${n} begins at sample ${from}, not ${position}`);
      const start = (offset + from) % CLIP_SAMPLES;
      if (text !== syntheticText(twice.subarray(start, start + to - from)))
        throw new Error(`segment ${n} of ${heard.length} has a wrong text`);
      position = to;
    }
    if (position !== this.#samplesSent)
      throw new Error(`${this.#samplesSent} samples were sent and ${position} recognised`);
    if (final !== heard.map(({ text }) => text).join(' '))
      throw new Error('the final text is another one than its segments');
  }
}
