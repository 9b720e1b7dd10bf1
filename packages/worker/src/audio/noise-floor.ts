/** Quietest level told apart, in dB of full scale; digital silence counts as this. */
export const SILENCE_DB = -96;

const WINDOW_FRAMES = 300;
/** This part of the window is taken to be noise only. */
const QUIET_PART = 0.1;

/**
 * Level of the background: what a tenth of the last 3 s lay below. Gaps between words keep it down while
 * somebody speaks; a steady hum lifts it within those 3 s. Kept as a histogram of whole dB, so that a frame
 * costs the same however long the window is.
 */
export class NoiseFloor {
  readonly #bins = new Uint16Array(1 - SILENCE_DB);
  /** Bins of the frames in the window, a ring. */
  readonly #recent = new Uint8Array(WINDOW_FRAMES);
  #frames = 0;

  /** Takes the level of the next 10 ms frame, in dB of full scale (SILENCE_DB to 0). */
  push(levelDb: number): void {
    const slot = this.#frames % WINDOW_FRAMES;
    if (this.#frames >= WINDOW_FRAMES) this.#bins[this.#recent[slot]!]! -= 1;
    const bin = Math.min(Math.max(Math.round(levelDb) - SILENCE_DB, 0), -SILENCE_DB);
    this.#recent[slot] = bin;
    this.#bins[bin]! += 1;
    this.#frames++;
  }

  /** Level of the background in dB; SILENCE_DB before the first frame. */
  get levelDb(): number {
    const wanted = Math.ceil(Math.min(this.#frames, WINDOW_FRAMES) * QUIET_PART);
    let seen = 0;
    for (let bin = 0; bin < this.#bins.length; bin++) {
      seen += this.#bins[bin]!;
      if (seen >= wanted) return bin + SILENCE_DB;
    }
    return SILENCE_DB;
  }
}
