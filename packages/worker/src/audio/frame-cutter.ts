import { joinBytes } from './join.js';

/** A place in the chunks of a session: byte `byte` of chunk `chunk`. */
export interface BytePlace {
  chunk: number;
  byte: number;
}

/** From input frame `frame` on, frames lie one behind the other from this place, up to the next run. */
interface Run extends BytePlace {
  frame: number;
  dataEnd: number | null;
}

/** Where an input frame begins, and how far the declared data went for it (see `StreamPosition`). */
export interface FramePlace extends BytePlace {
  frame: number;
  dataEnd: number | null;
}

const NONE = new Uint8Array(0);

/**
 * Cuts slices of bytes into whole frames, whatever the slicing, and remembers in which chunk and byte each
 * frame began: one run per slice, until it is forgotten.
 */
export class FrameCutter {
  readonly #frameBytes: number;
  /** Bytes of a frame that has begun but not ended; always a copy of its own. */
  #carried: Uint8Array = NONE;
  #frames: number;
  #runs: Run[] = [];

  constructor(frameBytes: number, firstFrame: number) {
    this.#frameBytes = frameBytes;
    this.#frames = firstFrame;
  }

  /** Whole frames so far, counted from the beginning of the stream. */
  get frames(): number {
    return this.#frames;
  }

  /** Bytes missing until frame `frame` begins, which is not before the one that is being read. */
  bytesUntil(frame: number): number {
    return (frame - this.#frames) * this.#frameBytes - this.#carried.length;
  }

  /** Takes the bytes at a place; returns all frames that are whole now. */
  take(bytes: Uint8Array, place: BytePlace, dataEnd: number | null): Uint8Array {
    const carried = this.#carried;
    const begunEarlier = carried.length === 0 ? 0 : this.#frameBytes - carried.length;
    if (bytes.length > begunEarlier) {
      const frame = this.#frames + (carried.length === 0 ? 0 : 1);
      this.#runs.push({ chunk: place.chunk, byte: place.byte + begunEarlier, frame, dataEnd });
    }
    const all = carried.length === 0 ? bytes : joinBytes([carried, bytes]);
    const frames = Math.floor(all.length / this.#frameBytes);
    this.#frames += frames;
    const end = frames * this.#frameBytes;
    if (end === all.length) {
      this.#carried = NONE;
      return all;
    }
    this.#carried = new Uint8Array(all.subarray(end));
    return all.subarray(0, end);
  }

  /** Drops a frame that has begun but can not end. */
  dropPartial(): void {
    this.#carried = NONE;
  }

  /** Where `frame` began; null when no byte of it has come yet. Frames that were forgotten throw. */
  find(frame: number): FramePlace | null {
    const begun = this.#frames + (this.#carried.length === 0 ? 0 : 1);
    if (frame >= begun) return null;
    const run = this.#runs.findLast((candidate) => candidate.frame <= frame);
    if (run === undefined) throw new RangeError(`input frame ${frame} was forgotten`);
    const byte = run.byte + (frame - run.frame) * this.#frameBytes;
    return { chunk: run.chunk, byte, frame, dataEnd: run.dataEnd };
  }

  /** Frames before `frame` will not be looked for any more. */
  forget(frame: number): void {
    const keep = this.#runs.findLastIndex((run) => run.frame <= frame);
    if (keep > 0) this.#runs.splice(0, keep);
  }
}
