import { SILENCE_DB } from './noise-floor.js';

/** Samples of a frame: 10 ms. */
export const FRAME_SAMPLES = 160;

/** Keeps a constant offset and the lowest hum (below some 80 Hz) out of the levels. */
const HIGH_PASS_POLE = 0.969;
const FULL_SCALE_POWER = 32_768 ** 2;

/**
 * Levels of 10 ms frames, counted from the first sample pushed. `power[i]` is the mean square of frame i, in
 * squared 16-bit steps; `smoothDb[i]` is the median level of frame i and the four before it, in dB of full
 * scale, so that a click of a few milliseconds does not show.
 */
export class FrameLevels {
  readonly power: number[] = [];
  readonly smoothDb: number[] = [];
  readonly #levelDb: number[] = [];
  #sum = 0;
  #inFrame = 0;
  #before: number | null = null;
  #passed = 0;

  /** Whole frames so far. */
  get count(): number {
    return this.power.length;
  }

  /** Takes samples from `pcm[from]` on until a frame is whole; returns where the next frame goes on. */
  take(pcm: Int16Array, from: number): number {
    const end = Math.min(pcm.length, from + FRAME_SAMPLES - this.#inFrame);
    for (let i = from; i < end; i++) {
      const sample = pcm[i]!;
      this.#passed = sample - (this.#before ?? sample) + HIGH_PASS_POLE * this.#passed;
      this.#before = sample;
      this.#sum += this.#passed * this.#passed;
    }
    this.#inFrame += end - from;
    if (this.#inFrame === FRAME_SAMPLES) this.#finishFrame();
    return end;
  }

  #finishFrame(): void {
    const power = this.#sum / FRAME_SAMPLES;
    this.#sum = 0;
    this.#inFrame = 0;
    this.power.push(power);
    const levelDb = 10 * Math.log10(power / FULL_SCALE_POWER + 1e-12);
    this.#levelDb.push(Math.min(0, Math.max(SILENCE_DB, levelDb)));
    const last = this.#levelDb.slice(-5).sort((a, b) => a - b);
    this.smoothDb.push(last[Math.floor((last.length - 1) / 2)]!);
  }
}
