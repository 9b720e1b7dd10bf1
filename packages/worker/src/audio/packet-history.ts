import type { Codec, PacketDecoder } from './codecs/codec.js';
import { undecodable } from './codecs/wasm-exports.js';
import type { BytePlace } from './frame-cutter.js';

/** Blocks begin anew this often, in milliseconds of audio. */
export const BLOCK_MS = 2_000;
/** Packets kept for one block and its run-up: four times what the fastest of these codecs needs. */
const MAX_BYTES = 524_288;

interface Heard {
  bytes: Uint8Array;
  /** Its first frame. */
  frame: number;
  place: BytePlace | null;
}

/**
 * The packets that a codec has heard since it began anew. A codec that carries something over from packet to packet
 * begins anew with the first packet of every two seconds of its stream, after a run-up of the packets before. So what
 * a packet sounds like follows from the two seconds it stands in and the run-up, not from where decoding began: a
 * decoder that starts with a block's run-up gives the very samples of one that has heard everything.
 */
export class PacketHistory {
  readonly #codec: Codec;
  readonly #blockFrames: number;
  #decoder: PacketDecoder;
  #heard: Heard[] = [];
  #bytes = 0;
  #block: number | null = null;

  constructor(codec: Codec) {
    this.#codec = codec;
    this.#decoder = codec.open();
    this.#blockFrames = (codec.rateHz * BLOCK_MS) / 1_000;
  }

  /** Decodes the packet whose first frame is `frame`: `[channels][frames]`. `begins` is told of a block's beginning. */
  decode(
    bytes: Uint8Array,
    frame: number,
    place: BytePlace | null,
    begins: (restart: Restart) => void,
  ): Float32Array[] {
    const block = Math.floor(frame / this.#blockFrames);
    if (this.#block !== null && this.#block !== block) {
      const restart = this.#beginBlock({ bytes, frame, place });
      if (restart !== null) begins(restart);
    }
    this.#block = block;
    const pcm = this.#decoder.decode(bytes);
    if (this.#codec.runUp.packets > 0) this.#keep({ bytes, frame, place });
    return pcm;
  }

  #keep(heard: Heard): void {
    this.#heard.push(heard);
    this.#bytes += heard.bytes.length;
    if (this.#bytes > MAX_BYTES) throw undecodable('more than 2 megabits a second');
  }

  /** A recording has ended: what comes next has nothing to do with it. */
  close(): void {
    this.#decoder.close();
  }

  /** Keeps the run-up only; returns where a decoder has to start for the block to begin in the same way. */
  #beginBlock(next: Heard): Restart | null {
    const { packets, ms } = this.#codec.runUp;
    const earliest = next.frame - (ms * this.#codec.rateHz) / 1_000;
    let from = this.#heard.length;
    const begin = (): number => this.#heard[from]?.frame ?? next.frame;
    while (from > 0 && (this.#heard.length - from < packets || begin() > earliest)) from -= 1;
    const candidates = [...this.#heard.slice(0, from + 1), ...(from === this.#heard.length ? [next] : [])];
    const start = candidates.findLast((heard) => heard.place !== null);
    this.#heard = this.#heard.slice(from);
    this.#bytes = this.#heard.reduce((sum, heard) => sum + heard.bytes.length, 0);
    this.#decoder.close();
    this.#decoder = this.#codec.open();
    for (const heard of this.#heard) this.#decoder.decode(heard.bytes);
    if (start === undefined) return null;
    return { from: next.frame, frame: start.frame, place: start.place! };
  }
}

/** To hear frame `from` and those behind it, begin at `place`, with frame `frame`. */
export interface Restart {
  from: number;
  frame: number;
  place: BytePlace;
}
