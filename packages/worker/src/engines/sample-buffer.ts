/** Samples of a segment as they come, in the pieces in which they came. */
export class SampleBuffer {
  readonly #pieces: Int16Array[] = [];
  #length = 0;

  /** Samples accepted so far. */
  get length(): number {
    return this.#length;
  }

  /** Keeps the view, which must not be changed afterwards. */
  push(pcm: Int16Array): void {
    if (pcm.length === 0) return;
    this.#pieces.push(pcm);
    this.#length += pcm.length;
  }

  /**
   * The first `to` samples in the pieces in which they came.
   *
   * @throws RangeError when fewer were pushed.
   */
  *views(to: number): Generator<Int16Array> {
    if (to > this.#length) throw new RangeError(`${to} samples of ${this.#length}`);
    let left = to;
    for (const piece of this.#pieces) {
      if (left <= 0) return;
      yield piece.length <= left ? piece : piece.subarray(0, left);
      left -= piece.length;
    }
  }

  /**
   * The samples [from, to) in one array: a view where they lie in one piece, else a copy.
   *
   * @throws RangeError when fewer were pushed.
   */
  slice(from: number, to: number): Int16Array {
    if (from < 0 || from > to || to > this.#length) {
      throw new RangeError(`samples ${from} to ${to} of ${this.#length}`);
    }
    if (from === to) return new Int16Array(0);
    let begin = 0;
    let slice: Int16Array | undefined;
    for (const piece of this.#pieces) {
      const end = begin + piece.length;
      if (end > from && begin < to) {
        const part = piece.subarray(Math.max(0, from - begin), Math.min(piece.length, to - begin));
        if (part.length === to - from) return part;
        slice ??= new Int16Array(to - from);
        slice.set(part, Math.max(begin, from) - from);
      }
      begin = end;
    }
    return slice as Int16Array;
  }
}
