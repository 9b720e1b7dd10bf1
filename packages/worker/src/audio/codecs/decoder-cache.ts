import type { PacketDecoder } from './codec.js';

/** One native decoder that can be used again and again. */
export interface NativeDecoder {
  /** Forgets everything it has decoded. */
  reset(): void;
  /** Decodes a packet to mono. */
  decode(packet: Uint8Array): Float32Array;
}

/**
 * A fixed number of native decoders behind any number of packet decoders. Each keeps what it has heard; when all are
 * taken, the one that was used longest ago is given away, and is made anew for its former owner from the packets that
 * the owner has kept. So memory is bounded, nobody has to give a decoder back, and which one it was does not show.
 */
export class DecoderCache {
  readonly #unused: NativeDecoder[];
  /** In the order of their last use. */
  readonly #used = new Map<CachedDecoder, NativeDecoder>();

  constructor(decoders: readonly NativeDecoder[]) {
    this.#unused = [...decoders];
  }

  open(): PacketDecoder {
    return new CachedDecoder(this);
  }

  /** The native decoder of `owner`, having heard exactly `history`. */
  take(owner: CachedDecoder, history: readonly Uint8Array[]): NativeDecoder {
    let native = this.#used.get(owner);
    this.#used.delete(owner);
    if (native === undefined) {
      native = this.#unused.pop() ?? this.#takeAway();
      native.reset();
      for (const packet of history) native.decode(packet);
    }
    this.#used.set(owner, native);
    return native;
  }

  release(owner: CachedDecoder): void {
    const native = this.#used.get(owner);
    this.#used.delete(owner);
    if (native !== undefined) this.#unused.push(native);
  }

  #takeAway(): NativeDecoder {
    const [longestAgo] = this.#used;
    if (longestAgo === undefined) throw new RangeError('a cache without decoders');
    this.#used.delete(longestAgo[0]);
    return longestAgo[1];
  }
}

class CachedDecoder implements PacketDecoder {
  readonly #cache: DecoderCache;
  readonly #history: Uint8Array[] = [];

  constructor(cache: DecoderCache) {
    this.#cache = cache;
  }

  decode(packet: Uint8Array): Float32Array {
    const native = this.#cache.take(this, this.#history);
    this.#history.push(packet);
    return native.decode(packet);
  }

  close(): void {
    this.#cache.release(this);
  }
}
