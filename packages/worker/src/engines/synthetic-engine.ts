import { crc32 } from 'node:zlib';
import { TributaryError } from '@tributary/shared';
import type { Endpointer } from '../audio/endpointer.js';
import { FixedEndpointer } from '../audio/fixed-endpointer.js';
import { type Engine, type ModelInfo, type Recognition, SAMPLE_RATE_HZ } from './engine.js';
import { SampleBuffer } from './sample-buffer.js';
import type { Utterance } from './utterance.js';

export interface SyntheticOptions {
  /** Seconds of waiting for each second of audio. */
  realTimeFactor: number;
  /** Waiting added to each segment. */
  latencyMs: number;
  /** Segments that wait at the same time; the rest queues. */
  concurrency: number;
}

/**
 * What the synthetic engine makes of a segment: CRC-32 of the samples as little-endian bytes, in 8 lower-case
 * hexadecimal digits; nothing for no samples. Pure, so that a load test's client knows what it must get.
 * The samples lie in memory as the platform has them, and Node runs on little-endian ones.
 */
export function syntheticText(pcm: Int16Array): string {
  return textOfPieces([pcm]);
}

/** The same of samples that lie in several pieces: they need not be joined. */
function textOfPieces(pieces: Iterable<Int16Array>): string {
  let sum: number | undefined;
  for (const { buffer, byteOffset, byteLength } of pieces) {
    if (byteLength > 0) sum = crc32(new Uint8Array(buffer, byteOffset, byteLength), sum);
  }
  return sum === undefined ? '' : sum.toString(16).padStart(8, '0');
}

interface Job {
  text: string;
  waitMs: number;
  timer: NodeJS.Timeout | undefined;
  resolve: (recognition: Recognition) => void;
  reject: (error: TributaryError) => void;
}

/** A recogniser for load tests: one segment a second, its text a checksum, its time spent waiting. */
export class SyntheticEngine implements Engine {
  readonly name = 'synthetic';
  readonly models: readonly ModelInfo[] = [
    { name: 'synthetic', languages: ['*'], streaming: false, hotWords: false },
  ];
  readonly concurrency: number;
  /** A checksum never fails. */
  readonly failed = 0;
  readonly #options: SyntheticOptions;
  readonly #queue: Job[] = [];
  readonly #running = new Set<Job>();
  #closed = false;

  constructor(options: SyntheticOptions) {
    this.#options = options;
    this.concurrency = options.concurrency;
  }

  get busy(): number {
    return this.#running.size;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  createEndpointer(): Endpointer {
    return new FixedEndpointer(SAMPLE_RATE_HZ);
  }

  open(): Utterance {
    const heard = new SampleBuffer();
    return {
      accept: (pcm) => heard.push(pcm),
      finish: async (samples) => await this.#recognise(textOfPieces(heard.views(samples)), samples),
      cancel: () => {},
    };
  }

  close(): Promise<void> {
    this.#closed = true;
    for (const job of [...this.#running, ...this.#queue.splice(0)]) {
      clearTimeout(job.timer);
      job.reject(closed());
    }
    this.#running.clear();
    return Promise.resolve();
  }

  #recognise(text: string, samples: number): Promise<Recognition> {
    if (this.#closed) return Promise.reject(closed());
    const { latencyMs, realTimeFactor } = this.#options;
    const waitMs = latencyMs + (realTimeFactor * samples * 1_000) / SAMPLE_RATE_HZ;
    if (waitMs === 0) return Promise.resolve({ text, decodeMs: 0 });
    return new Promise((resolve, reject) => {
      this.#queue.push({ text, waitMs, timer: undefined, resolve, reject });
      this.#pump();
    });
  }

  #pump(): void {
    while (this.#running.size < this.concurrency) {
      const job = this.#queue.shift();
      if (job === undefined) return;
      this.#running.add(job);
      job.timer = setTimeout(() => this.#finish(job), job.waitMs);
    }
  }

  #finish(job: Job): void {
    this.#running.delete(job);
    job.resolve({ text: job.text, decodeMs: job.waitMs });
    this.#pump();
  }
}

function closed(): TributaryError {
  return new TributaryError('unavailable', 'the recogniser is closed');
}
