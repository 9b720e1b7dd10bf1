import type { PacketDecoder } from './codec.js';

/** One native decoder that can be used again and again. `Kind` is what it is told of the packets to come. */
export interface NativeDecoder<Kind = void> {
  /** Forgets everything it has decoded. */
  reset(kind: Kind): void;
  /** `[channels][frames]` of a packet. */
  decode(packet: Uint8Array): Float32Array[];
}

/**
 * A fixed number of native decoders behind any number of packet decoders. Each keeps what it has heard; when all are
 * taken, the one that was used longest ago is given away, and is made anew for its former owner from the packets that
 * the owner has kept. So memory is bounded, nobody has to give a decoder back, and which one it was does not show.
 */
export class DecoderCache<Kind = void> {
  readonly #unused: NativeDecoder<Kind>[];
  /** In the order of their last use. */
  readonly #used = new Map<CachedDecoder<Kind>, NativeDecoder<Kind>>();

  constructor(decoders: readonly NativeDecoder<Kind>[]) {
    this.#unused = [...decoders];
  }

  open(kind: Kind): PacketDecoder {
    return new CachedDecoder(this, kind);
  }

  /** The native decoder of `owner`, having heard exactly `history`. */
  take(owner: CachedDecoder<Kind>, history: readonly Uint8Array[]): NativeDecoder<Kind> {
    let native = this.#used.get(owner);
    this.#used.delete(owner);
    if (native === undefined) {
      native = this.#unused.pop() ?? this.#takeAway();
      native.reset(owner.kind);
      for (const packet of history) native.decode(packet);
    }
    this.#used.set(owner, native);
    return native;
  }

  release(owner: CachedDecoder<Kind>): void {
    const native = this.#used.get(owner);
    this.#used.delete(owner);
    if (native !== undefined) this.#unused.push(native);
  }

  #takeAway(): NativeDecoder<Kind> {
    const [longestAgo] = this.#used;
    if (longestAgo === undefined) throw new RangeError('a cache without decoders');
    this.#used.delete(longestAgo[0]);
    return longestAgo[1];
  }
}

class CachedDecoder<Kind> implements PacketDecoder {
  readonly kind: Kind;
  readonly #cache: DecoderCache<Kind>;
  readonly #history: Uint8Array[] = [];

  constructor(cache: DecoderCache<Kind>, kind: Kind) {
    this.kind = kind;
    this.#cache = cache;
  }

  decode(packet: Uint8Array): Float32Array[] {
    const native = this.#cache.take(this, this.#history);
    this.#history.push(packet);
    return native.decode(packet);
  }

  close(): void {
    this.#cache.release(this);
  }
}
