import { crc32 } from 'node:zlib';
import { TributaryError } from '@tributary/shared';
import type { Endpointer } from '../audio/endpointer.js';
import { FixedEndpointer } from '../audio/fixed-endpointer.js';
import { type Engine, type ModelInfo, type Recognition, SAMPLE_RATE_HZ } from './engine.js';
import type { Utterance } from './utterance.js';
import { WholeUtterance } from './whole-utterance.js';

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
  if (pcm.length === 0) return '';
  const bytes = new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength);
  return crc32(bytes).toString(16).padStart(8, '0');
}

interface Job {
  pcm: Int16Array;
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
    return new WholeUtterance((pcm) => this.#recognise(pcm));
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

  #recognise(pcm: Int16Array): Promise<Recognition> {
    if (this.#closed) return Promise.reject(closed());
    const { latencyMs, realTimeFactor } = this.#options;
    const waitMs = latencyMs + (realTimeFactor * pcm.length * 1_000) / SAMPLE_RATE_HZ;
    if (waitMs === 0) return Promise.resolve({ text: syntheticText(pcm), decodeMs: 0 });
    return new Promise((resolve, reject) => {
      this.#queue.push({ pcm, waitMs, timer: undefined, resolve, reject });
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
    job.resolve({ text: syntheticText(job.pcm), decodeMs: job.waitMs });
    this.#pump();
  }
}

function closed(): TributaryError {
  return new TributaryError('unavailable', 'the recogniser is closed');
}
