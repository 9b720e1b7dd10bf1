import type { CodedFormat } from '@tributary/shared';
import { undecodable } from '../codecs/wasm-exports.js';
import type { BytePlace } from '../frame-cutter.js';
import { ByteQueue, type Slice } from './byte-queue.js';
import { beginsWith, type Demuxer, MAX_SEARCHED_BYTES, type Part } from './demuxer.js';

/** Frames that stand one behind the other, each with a header of its own. */
export interface FrameKind<Header extends { bytes: number; rateHz: number }> {
  /** As it is called in errors. */
  name: string;
  headerBytes: number;
  /** The header at `at`; null when there is none, or too few bytes of it. */
  header(bytes: Uint8Array, at?: number): Header | null;
  /** What the first frame says of all. Throws `unsupported_audio`. */
  format(header: Header): CodedFormat;
  /** What is to be decoded of a frame (a copy of its own); null when it holds no sound. */
  packet(frame: Uint8Array, header: Header): Uint8Array | null;
}

const ID3 = 'ID3';
const ID3_HEADER_BYTES = 10;

/**
 * MP3 and ADTS: frames, with ID3 tags before, between and behind them. Bytes that are no frame are passed over up to
 * the next frame that another one follows.
 */
export class FramedDemuxer<Header extends { bytes: number; rateHz: number }> implements Demuxer {
  readonly #kind: FrameKind<Header>;
  readonly #queue = new ByteQueue();
  #skip = 0;
  #rateHz: number | null;
  #begin: BytePlace | null = null;
  /** The last bytes were a frame's, so the next ones are taken for one, too. */
  #inStep = false;
  #searched = 0;
  #ended = false;

  constructor(kind: FrameKind<Header>, format: CodedFormat | null) {
    this.#kind = kind;
    this.#rateHz = format?.sampleRateHz ?? null;
  }

  append(slice: Slice): void {
    if (slice.byte === 0 && beginsWith(slice.bytes, ID3)) {
      this.#queue.clear();
      this.#skip = 0;
    }
    this.#queue.append(slice);
    if (this.#queue.length > 0) this.#begin ??= this.#queue.place;
  }

  next(): Part | null {
    for (;;) {
      this.#skip -= this.#queue.consume(this.#skip);
      if (this.#skip > 0 || this.#queue.length < this.#kind.headerBytes) return null;
      const { bytes } = this.#queue;
      if (beginsWith(bytes, ID3)) {
        if (bytes.length < ID3_HEADER_BYTES) return null;
        this.#skip = ID3_HEADER_BYTES + id3Bytes(bytes);
        continue;
      }
      const header = this.#kind.header(bytes);
      const sure = header === null ? false : this.#isFrame(bytes, header);
      if (header === null || sure === false) {
        this.#inStep = false;
        this.#searched += this.#queue.consume(1);
        if (this.#searched > MAX_SEARCHED_BYTES) {
          throw undecodable(`no ${this.#kind.name} in what should be ${this.#kind.name}`);
        }
        continue;
      }
      if (sure === null || bytes.length < header.bytes) return null;
      if (this.#rateHz === null) return this.#start(header);
      if (header.rateHz !== this.#rateHz) {
        throw undecodable('the format changes within one stream');
      }
      const place = this.#queue.place;
      const packet = this.#kind.packet(bytes.subarray(0, header.bytes), header);
      this.#queue.consume(header.bytes);
      this.#inStep = true;
      this.#searched = 0;
      if (packet !== null) return { kind: 'packet', bytes: packet, place };
    }
  }

  end(): Part | null {
    this.#ended = true;
    return this.next();
  }

  /** Whether a header is to be believed: it follows a frame, or another frame follows; null until that is known. */
  #isFrame(bytes: Uint8Array, header: Header): boolean | null {
    if (this.#rateHz !== null && this.#inStep) return true;
    const behind = header.bytes;
    if (bytes.length < behind + this.#kind.headerBytes) return this.#ended ? bytes.length >= behind : null;
    if (beginsWith(bytes, ID3, behind) || beginsWith(bytes, 'TAG', behind)) return true;
    return this.#kind.header(bytes, behind)?.rateHz === header.rateHz;
  }

  #start(header: Header): Part {
    const format = this.#kind.format(header);
    this.#rateHz = header.rateHz;
    this.#inStep = true;
    return { kind: 'header', format, place: this.#begin! };
  }
}

/** Bytes of an ID3v2 tag behind its header: four times seven bits. */
function id3Bytes(bytes: Uint8Array): number {
  let size = 0;
  for (let i = 6; i < ID3_HEADER_BYTES; i++) size = size * 128 + (bytes[i]! & 0x7f);
  return size;
}
