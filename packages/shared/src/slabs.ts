/** Larger pieces get memory of their own, which counts. */
const SMALL_BYTES = 4 * 1_024;
/** So that samples of any size lie aligned. */
const ALIGN_BYTES = 8;

/**
 * Memory for what is kept for a moment: small pieces are cut from slabs, since memory of its own for each one takes longer to make and to
 * collect than the piece to copy. A slab lives as long as anything in it.
 *
 * The slabs are shared memory, though nobody shares them. V8 counts any other memory outside of its heap towards the next full
 * collection; at some thousand chunks a second that made one three times a second in the gateway, each as long as a chunk may take.
 * What is not counted is collected all the same, with the objects that come with each piece, and stays below some ten times of what these
 * take: that is why large pieces get none of it. Where pieces live longer than the next small collections, that may be half a gigabyte, and
 * one slab in so many is counted to bound it: V8 collects after some 64 MB that it counts.
 */
export class Slabs {
  readonly #slabBytes: number;
  readonly #oneCountedIn: number;
  #slabs = 0;
  #slab: ArrayBufferLike;
  #used = 0;

  /** @param oneCountedIn one slab in so many counts; by default none does */
  constructor(slabBytes: number, oneCountedIn = Number.POSITIVE_INFINITY) {
    this.#slabBytes = slabBytes;
    this.#oneCountedIn = oneCountedIn;
    this.#slab = this.#makeSlab();
  }

  /** Memory to be filled, aligned for samples of any size: they can be viewed where they lie. */
  take(length: number): Buffer {
    if (length > SMALL_BYTES) return Buffer.allocUnsafeSlow(length);
    if (this.#used + length > this.#slabBytes) {
      this.#slab = this.#makeSlab();
      this.#used = 0;
    }
    const piece: Buffer<ArrayBufferLike> = Buffer.from(this.#slab, this.#used, length);
    this.#used += Math.ceil(length / ALIGN_BYTES) * ALIGN_BYTES;
    // Views of shared memory are used like any others; only the types tell them apart.
    return piece as Buffer;
  }

  copy(bytes: Uint8Array): Buffer {
    const copy = this.take(bytes.length);
    copy.set(bytes);
    return copy;
  }

  #makeSlab(): ArrayBufferLike {
    const counts = ++this.#slabs % this.#oneCountedIn === 0;
    return counts ? new ArrayBuffer(this.#slabBytes) : new SharedArrayBuffer(this.#slabBytes);
  }
}
