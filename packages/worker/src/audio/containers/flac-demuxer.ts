import type { CodedFormat } from '@tributary/shared';
import { MAX_FLAC_FRAME_BYTES } from '../codecs/flac-codec.js';
import { flacCrc16, flacFrameHeader, MAX_FLAC_HEADER_BYTES } from '../codecs/flac-frame.js';
import { undecodable } from '../codecs/wasm-exports.js';
import type { BytePlace } from '../frame-cutter.js';
import { ByteQueue, type Slice } from './byte-queue.js';
import { beginsWith, type Demuxer, MAX_SEARCHED_BYTES, type Part, toBase64 } from './demuxer.js';

const MAGIC = 'fLaC';
const BLOCK_HEADER_BYTES = 4;
const STREAMINFO = 0;
const STREAMINFO_BYTES = 34;
const MIN_RATE_HZ = 4_000;
const MAX_RATE_HZ = 192_000;
const MAX_CHANNELS = 8;

/**
 * FLAC (RFC 9639) in its own container. A frame does not say how long it is: it ends where its checksum is right and
 * the next one begins, so each is given out when the first bytes of the next one are there, the last one at the end.
 */
export class FlacDemuxer implements Demuxer {
  readonly #queue = new ByteQueue();
  readonly #parts: Part[] = [];
  #skip = 0;
  /** Within the blocks before the frames: where they began, and whether the next one is the last. */
  #header: { begin: BytePlace; last: boolean } | null = null;
  /** The next bytes are a frame's. */
  #inStep = false;
  #searched = 0;
  /** Bytes of the frame at the front that the checksum has gone over. */
  #scanned = 0;
  #crc = 0;
  #begun: boolean;

  constructor(format: CodedFormat | null) {
    this.#begun = format !== null;
  }

  append(slice: Slice): void {
    if (slice.byte === 0 && beginsWith(slice.bytes, MAGIC)) {
      const last = this.#wholeFrame();
      if (last !== null) this.#parts.push(last);
      this.#queue.clear();
      this.#skip = 0;
      this.#restart();
      this.#header = null;
    }
    this.#queue.append(slice);
  }

  next(): Part | null {
    for (;;) {
      const part = this.#parts.shift();
      if (part !== undefined) return part;
      this.#skip -= this.#queue.consume(this.#skip);
      if (this.#skip > 0 || this.#queue.length < MAGIC.length) return null;
      if (this.#header !== null) {
        if (!this.#block(this.#header)) return null;
      } else if (this.#scanned === 0 && beginsWith(this.#queue.bytes, MAGIC)) {
        this.#header = { begin: this.#queue.place, last: false };
        this.#queue.consume(MAGIC.length);
      } else if (!this.#frame()) {
        return null;
      }
    }
  }

  end(): Part | null {
    return this.#parts.shift() ?? this.#wholeFrame();
  }

  /** Passes over a metadata block, and reads STREAMINFO; false when bytes are missing. */
  #block(header: { begin: BytePlace; last: boolean }): boolean {
    const { bytes } = this.#queue;
    if (bytes.length < BLOCK_HEADER_BYTES) return false;
    const size = bytes[1]! * 65_536 + bytes[2]! * 256 + bytes[3]!;
    const last = (bytes[0]! & 0x80) !== 0;
    if ((bytes[0]! & 0x7f) === STREAMINFO) {
      if (size !== STREAMINFO_BYTES) throw undecodable('a broken FLAC header');
      if (bytes.length < BLOCK_HEADER_BYTES + size) return false;
      const format = parseStreamInfo(bytes.slice(BLOCK_HEADER_BYTES, BLOCK_HEADER_BYTES + size));
      this.#parts.push({ kind: 'header', format, place: header.begin });
      this.#begun = true;
    }
    this.#skip = BLOCK_HEADER_BYTES + size;
    if (last) {
      if (!this.#begun) throw undecodable('FLAC without STREAMINFO');
      this.#header = null;
      this.#inStep = true;
    }
    return true;
  }

  /** Looks for the end of the frame at the front; false when it is not there yet. */
  #frame(): boolean {
    const { bytes } = this.#queue;
    if (this.#scanned === 0) {
      const header = flacFrameHeader(bytes);
      if (header === null) return false;
      if (header === false) {
        if (this.#inStep) throw undecodable('broken FLAC');
        this.#searched += this.#queue.consume(1);
        if (this.#searched > MAX_SEARCHED_BYTES) throw undecodable('no FLAC in what should be FLAC');
        return true;
      }
      this.#inStep = true;
    }
    for (; this.#scanned < bytes.length; this.#scanned++) {
      if (this.#crc === 0 && this.#scanned > 0) {
        const behind = this.#endsHere(bytes, this.#scanned);
        if (behind === null) return false;
        if (behind) {
          this.#parts.push(this.#take(this.#scanned));
          return true;
        }
      }
      this.#crc = flacCrc16(this.#crc, bytes[this.#scanned]!);
    }
    if (this.#scanned > MAX_FLAC_FRAME_BYTES) throw undecodable('broken FLAC: a frame does not end');
    return false;
  }

  /** Whether a frame or a new recording begins at `at`; null when bytes are missing to tell. */
  #endsHere(bytes: Uint8Array, at: number): boolean | null {
    if (bytes[at] === 0xff)
      return flacFrameHeader(bytes, at) === null ? null : flacFrameHeader(bytes, at) !== false;
    if (bytes[at] !== MAGIC.charCodeAt(0)) return false;
    return bytes.length - at < MAGIC.length ? null : beginsWith(bytes, MAGIC, at);
  }

  #wholeFrame(): Part | null {
    const { bytes } = this.#queue;
    if (this.#header !== null || this.#skip > 0 || bytes.length < MAX_FLAC_HEADER_BYTES / 2) return null;
    if (!flacFrameHeader(bytes)) return null;
    for (; this.#scanned < bytes.length; this.#scanned++)
      this.#crc = flacCrc16(this.#crc, bytes[this.#scanned]!);
    return this.#crc === 0 ? this.#take(bytes.length) : null;
  }

  #take(length: number): Part {
    const { place } = this.#queue;
    const bytes = this.#queue.bytes.slice(0, length);
    this.#queue.consume(length);
    this.#restart();
    return { kind: 'packet', bytes, place };
  }

  #restart(): void {
    this.#scanned = 0;
    this.#crc = 0;
  }
}

function parseStreamInfo(info: Uint8Array): CodedFormat {
  const sampleRateHz = info[10]! * 4_096 + info[11]! * 16 + (info[12]! >> 4);
  const channels = ((info[12]! >> 1) & 7) + 1;
  if (sampleRateHz < MIN_RATE_HZ || sampleRateHz > MAX_RATE_HZ || channels > MAX_CHANNELS) {
    throw undecodable(`FLAC with ${sampleRateHz} samples a second`);
  }
  return { container: 'flac', encoding: 'flac', sampleRateHz, channels, track: 0, init: toBase64(info) };
}
