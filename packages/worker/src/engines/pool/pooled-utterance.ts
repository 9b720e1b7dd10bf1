import type { TributaryError } from '@tributary/shared';
import type { Recognition } from '../engine.js';
import { SampleBuffer } from '../sample-buffer.js';
import type { InterimTimes, Utterance, UtteranceOptions } from '../utterance.js';

/** What an utterance asks of its pool. */
export interface UtteranceHost {
  /** More samples came. */
  fed(utterance: PooledUtterance): void;
  /** It is to be recognised. */
  finished(utterance: PooledUtterance): void;
  cancelled(utterance: PooledUtterance): void;
}

/** An utterance of a pool: its samples until the end, and how far a child has come with them. */
export class PooledUtterance implements Utterance {
  readonly id: number;
  readonly options: UtteranceOptions;
  readonly samples = new SampleBuffer();
  readonly #host: UtteranceHost;
  readonly #outcome: Promise<Recognition>;
  #resolve: (recognition: Recognition) => void = () => {};
  #reject: (error: TributaryError) => void = () => {};
  #length: number | null = null;
  #settled = false;
  #toldText = '';
  /** Attempts that failed, those of an earlier owner included. */
  attempts: number;
  /** Samples that the present child was sent, and has worked on. */
  sent = 0;
  heard = 0;
  /** The samples so far are all, unless the speaker goes on. */
  mayEnd = false;

  constructor(id: number, options: UtteranceOptions, host: UtteranceHost) {
    this.id = id;
    this.options = options;
    this.attempts = options.attempts;
    this.#host = host;
    this.#outcome = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // It may fail before anybody asks.
    this.#outcome.catch(() => {});
  }

  /** Samples of the segment; null while it is open. */
  get length(): number | null {
    return this.#length;
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** True when its child still has something to do for it. */
  get outstanding(): boolean {
    return this.#length !== null || this.sent > this.heard;
  }

  accept(pcm: Int16Array, mayEnd = false): void {
    if (this.#length !== null || this.#settled) return;
    this.mayEnd = mayEnd;
    this.samples.push(pcm);
    this.#host.fed(this);
  }

  finish(samples: number): Promise<Recognition> {
    if (this.#length !== null) return this.#outcome;
    if (samples > this.samples.length) throw new RangeError(`${samples} samples of ${this.samples.length}`);
    this.#length = samples;
    if (!this.#settled) this.#host.finished(this);
    return this.#outcome;
  }

  cancel(): void {
    if (this.#length !== null || this.#settled) return;
    this.#settled = true;
    this.#host.cancelled(this);
  }

  /** Interim text of the present child. After a replay the same text may come again; it is told once. */
  interim(text: string, times: InterimTimes): void {
    if (this.#length !== null || this.#settled || text === this.#toldText) return;
    this.#toldText = text;
    this.options.interim?.changed(text, times);
  }

  resolve(recognition: Recognition): void {
    this.#settled = true;
    this.#resolve(recognition);
  }

  reject(error: TributaryError): void {
    this.#settled = true;
    this.#reject(error);
  }
}
