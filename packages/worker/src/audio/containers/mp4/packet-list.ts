import { undecodable } from '../../codecs/wasm-exports.js';

/** Packets of one index may be so many: three hours and more of AAC. */
export const MAX_PACKETS = 524_288;
const MAX_PACKET_BYTES = 65_536;

/** Where packets lie, in the order in which they are heard; 16 bytes of memory each. */
export class PacketList {
  readonly #at: number[] = [];
  readonly #bytes: number[] = [];
  #next = 0;

  /** Throws `unsupported_audio` for more packets than a list may have, larger ones, and one that lies before the last. */
  add(at: number, bytes: number): void {
    if (bytes === 0) return;
    const last = this.#at.length - 1;
    const earliest = last < 0 ? 0 : this.#at[last]! + this.#bytes[last]!;
    if (!(at >= earliest)) throw undecodable('MP4 whose audio is not in order');
    if (bytes > MAX_PACKET_BYTES) throw undecodable('an MP4 packet larger than 64 KiB');
    if (last + 1 >= MAX_PACKETS) throw undecodable('an MP4 index of more than 524,288 packets');
    this.#at.push(at);
    this.#bytes.push(bytes);
  }

  get empty(): boolean {
    return this.#next === this.#at.length;
  }

  /** True before the first one was taken. */
  get untouched(): boolean {
    return this.#next === 0;
  }

  /** The packet that comes next; null when there is none. */
  get first(): { at: number; bytes: number } | null {
    return this.empty ? null : { at: this.#at[this.#next]!, bytes: this.#bytes[this.#next]! };
  }

  take(): void {
    this.#next += 1;
  }
}
