import type { Recognition } from '../engine.js';
import { SampleBuffer } from '../sample-buffer.js';
import type { InterimTimes } from '../utterance.js';
import { Arrivals } from './arrivals.js';
import { type ChildRecogniser, type Listener, SLICE_SAMPLES } from './listener.js';
import type { Answer, ListenOptions } from './pool-messages.js';

/** An utterance in a child: the samples that came, how far they were listened to, and what was told of them. */
export class ServedUtterance {
  readonly id: number;
  readonly #options: ListenOptions;
  readonly #recogniser: ChildRecogniser;
  readonly #samples = new SampleBuffer();
  #listener: Listener | undefined;
  #accepted = 0;
  #decodeMs = 0;
  #toldText = '';
  #toldAt = Number.NEGATIVE_INFINITY;
  /** Accepted samples when interim text was last made. */
  #toldSamples = 0;
  /** The samples so far are all, unless the speaker goes on. */
  #mayEnd = false;
  #anticipatedSamples = 0;
  readonly #arrivals = new Arrivals();
  /** Spent since interim text was last made. */
  #spentMs = 0;
  finishing = false;
  cancelled = false;

  constructor(id: number, options: ListenOptions, recogniser: ChildRecogniser) {
    this.id = id;
    this.#options = options;
    this.#recogniser = recogniser;
  }

  push(pcm: Int16Array, mayEnd: boolean): void {
    this.#samples.push(pcm);
    this.#mayEnd = mayEnd;
    if (this.#options.intervalMs !== null) this.#arrivals.add(this.#samples.length, performance.now());
  }

  /** Its end is near, and what it will be asked for then is not ready. */
  get awaitsEnd(): boolean {
    if (!this.#mayEnd || this.finishing || this.cancelled || this.#recogniser.listensAlong) return false;
    return this.#accepted > this.#anticipatedSamples;
  }

  /** Recognises what came, which will probably be all. The listener remembers it. */
  async anticipate(): Promise<void> {
    await this.#timed(async () => await this.#listener?.interim());
    this.#anticipatedSamples = this.#accepted;
  }

  /** Samples worked on; what does not fill a slice counts as such, since only more samples can change that. */
  get heard(): number {
    return this.#sliceEnd === null ? this.#samples.length : this.#accepted;
  }

  /** True when there is a slice to accept. */
  get behind(): boolean {
    return this.#sliceEnd !== null;
  }

  get #sliceEnd(): number | null {
    const left = this.#samples.length - this.#accepted;
    if (!this.#recogniser.listensAlong) return left > 0 ? this.#samples.length : null;
    if (left >= SLICE_SAMPLES) return this.#accepted + SLICE_SAMPLES;
    return this.finishing && left > 0 ? this.#samples.length : null;
  }

  /** When interim text should be made: in the past when it is due, null when there is nothing to tell. */
  get interimDueAt(): number | null {
    const { intervalMs } = this.#options;
    if (intervalMs === null || this.finishing || this.cancelled) return null;
    return this.#accepted === this.#toldSamples ? null : this.#toldAt + intervalMs;
  }

  async acceptSlice(): Promise<void> {
    const end = this.#sliceEnd;
    if (end === null) return;
    this.#decodeMs += await this.#timed(async () => {
      this.#listener ??= await this.#recogniser.open(this.#options);
      await this.#listener.accept(this.#samples.slice(this.#accepted, end));
    });
    this.#accepted = end;
  }

  /** The text so far, or null when it is what it was. */
  async interim(): Promise<{ text: string; times: InterimTimes } | null> {
    let text = '';
    await this.#timed(async () => {
      text = (await this.#listener?.interim()) ?? '';
    });
    const now = performance.now();
    const times = { delayMs: this.#arrivals.takeAge(this.#accepted, now), decodeMs: this.#spentMs };
    this.#spentMs = 0;
    this.#toldAt = now;
    this.#toldSamples = this.#accepted;
    if (text === this.#toldText) return null;
    this.#toldText = text;
    return { text, times };
  }

  async answer(): Promise<Answer> {
    let heard: Omit<Recognition, 'decodeMs'> | undefined;
    this.#decodeMs += await this.#timed(async () => {
      heard = await this.#listener?.finish();
    });
    const { words, ...rest } = heard ?? { text: '' };
    const recognition = {
      ...rest,
      ...(words !== undefined && this.#options.words ? { words } : {}),
      decodeMs: this.#decodeMs,
    };
    return { type: 'recognised', id: this.id, recognition };
  }

  async close(): Promise<void> {
    await this.#listener?.close();
  }

  /** Milliseconds that the work took. */
  async #timed(work: () => Promise<unknown>): Promise<number> {
    const began = performance.now();
    await work();
    const ms = performance.now() - began;
    this.#spentMs += ms;
    return ms;
  }
}
