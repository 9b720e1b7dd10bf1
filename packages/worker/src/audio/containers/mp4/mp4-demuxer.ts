import type { CodedFormat } from '@tributary/shared';
import { undecodable } from '../../codecs/wasm-exports.js';
import type { BytePlace } from '../../frame-cutter.js';
import { ByteQueue, type Slice } from '../byte-queue.js';
import { beginsWith, type Demuxer, MAX_SEARCHED_BYTES, type Part } from '../demuxer.js';
import { type BoxHeader, boxHeader } from './boxes.js';
import { packetsOfFragment } from './fragment.js';
import { parseMovie } from './movie.js';
import type { PacketList } from './packet-list.js';

/** An index is read as a whole: of a file, and of one of its fragments. */
const MAX_MOOV_BYTES = 2_097_152;
const MAX_MOOF_BYTES = 262_144;
/** Audio that comes before the index which explains it is kept: some eight minutes of a phone's recording. */
export const MAX_HELD_BYTES = 4_194_304;
const MAGIC = 'ftyp';
const MOOF_SEARCH_BYTES = 16;

/** Audio that came before its index. */
interface Data {
  /** Where its first byte was, by the count of the demuxer. */
  begin: number;
  bytes: Uint8Array;
}

/**
 * MP4 (ISO 14496-12): fragmented, as `MediaRecorder` in Safari and Chromium writes it, where each fragment can be the first;
 * and plain files, M4A, which only can be read from their beginning. Where the index of a plain file is at its end, its audio is kept
 * until then. The first audio track is heard. Times and edit lists are not looked at, as in WebM. A chunk that begins with `ftyp`
 * begins a new recording.
 */
export class Mp4Demuxer implements Demuxer {
  readonly #queue = new ByteQueue();
  /** Bytes that came before those in the queue. All places below are counted so. */
  #at = 0;
  #skip = 0;
  #format: CodedFormat | null;
  /** Where the file begins; null when that was not seen. */
  #begin: { place: BytePlace; at: number } | null = null;
  /** Where the newest fragment begins. */
  #moof: BytePlace | null = null;
  /** Packets still to come, counted from `#base`. */
  #packets: PacketList | null = null;
  #base = 0;
  /** End of the `mdat` that is being read; null outside of one. */
  #dataEnd: number | null = null;
  #held: Data | null = null;
  /** Bytes looked through for a beginning; null once one was found. */
  #searched: number | null;

  constructor(format: CodedFormat | null) {
    this.#format = format;
    this.#searched = format === null ? null : 0;
  }

  append(slice: Slice): void {
    if (slice.byte === 0 && beginsWith(slice.bytes, MAGIC, 4)) {
      this.#consume(this.#queue.length);
      this.#skip = 0;
      this.#dataEnd = null;
      this.#packets = null;
      this.#searched = null;
    }
    this.#queue.append(slice);
  }

  next(): Part | null {
    for (;;) {
      const packet = this.#packet();
      if (packet !== undefined) return packet;
      this.#skip -= this.#consume(this.#skip);
      if (this.#skip > 0 || !this.#search()) return null;
      const header = boxHeader(this.#queue.bytes);
      if (header === null) return null;
      const part = this.#box(header);
      if (part !== undefined) return part;
    }
  }

  end(): Part | null {
    if (this.#format === null) throw undecodable('MP4 that ends before its index (moov)');
    return null;
  }

  /** The next packet; null when it is not there yet, undefined when there is none before the next box. */
  #packet(): Part | null | undefined {
    const packets = this.#packets;
    const next = packets?.first ?? null;
    if (packets !== null && next !== null) {
      const place = packets.untouched ? this.#moof : null;
      const begin = this.#base + next.at;
      let bytes: Uint8Array | null = null;
      if (this.#held !== null) bytes = this.#fromHeld(this.#held, begin, next.bytes);
      else if (this.#dataEnd !== null && begin < this.#dataEnd) {
        bytes = this.#fromQueue(this.#dataEnd, begin, next.bytes);
        if (bytes === null) return null;
      }
      if (bytes !== null) {
        packets.take();
        return { kind: 'packet', bytes, place };
      }
    } else {
      this.#packets = null;
      if (packets !== null) this.#held = null;
    }
    if (this.#dataEnd !== null) {
      this.#skip = this.#dataEnd - this.#at;
      this.#dataEnd = null;
    }
    return undefined;
  }

  #fromQueue(dataEnd: number, begin: number, count: number): Uint8Array | null {
    if (begin < this.#at || begin + count > dataEnd) throw misplaced();
    this.#consume(begin - this.#at);
    if (this.#at < begin || this.#queue.length < count) return null;
    const bytes = this.#queue.bytes.slice(0, count);
    this.#consume(count);
    return bytes;
  }

  #fromHeld(held: Data, begin: number, count: number): Uint8Array {
    const from = begin - held.begin;
    if (from < 0 || from + count > held.bytes.length) throw misplaced();
    return held.bytes.slice(from, from + count);
  }

  /** After a beginning in the middle: passes over what is no beginning of a fragment; true where one was found. */
  #search(): boolean {
    if (this.#searched === null) return true;
    while (this.#queue.length >= MOOF_SEARCH_BYTES) {
      const { bytes } = this.#queue;
      if (beginsWith(bytes, MAGIC, 4) || (beginsWith(bytes, 'moof', 4) && beginsWith(bytes, 'mfhd', 12))) {
        this.#searched = null;
        return true;
      }
      this.#searched += this.#consume(1);
      if (this.#searched > MAX_SEARCHED_BYTES) {
        throw undecodable('no fragment of MP4 found; a plain M4A file has to arrive within 45 seconds');
      }
    }
    return false;
  }

  /** Deals with one box; undefined when that gave nothing and the next one may be looked at. */
  #box({ type, headerBytes, bytes }: BoxHeader): Part | null | undefined {
    if (type === MAGIC) {
      this.#begin = { place: this.#queue.place, at: this.#at };
      this.#format = null;
      this.#packets = null;
      this.#held = null;
    }
    const whole = bytes ?? Number.POSITIVE_INFINITY;
    if (type === 'mdat') {
      if (this.#format === null) return this.#hold(headerBytes, whole);
      this.#dataEnd = this.#at + whole;
      this.#consume(headerBytes);
      return undefined;
    }
    if (type !== 'moov' && type !== 'moof') {
      this.#skip = whole;
      return undefined;
    }
    if (whole > (type === 'moov' ? MAX_MOOV_BYTES : MAX_MOOF_BYTES)) {
      throw undecodable(`an MP4 index (${type}) of ${whole} bytes`);
    }
    if (this.#queue.length < whole) return null;
    const body = this.#queue.bytes.subarray(headerBytes, whole);
    const part = type === 'moov' ? this.#moov(body) : this.#fragment(body, whole);
    this.#consume(whole);
    return part;
  }

  #moov(body: Uint8Array): Part | undefined {
    const { format, packets } = parseMovie(body);
    if (this.#format !== null) {
      // The beginning of its file was lost. Fragments go on as before; where other packets lie is counted from that beginning.
      if (packets !== null) throw misplaced();
      return undefined;
    }
    const begin = this.#begin ?? { place: this.#queue.place, at: this.#at };
    this.#format = format;
    this.#packets = packets;
    this.#base = begin.at;
    this.#moof = null;
    return { kind: 'header', format, place: begin.place };
  }

  #fragment(body: Uint8Array, moofBytes: number): undefined {
    const { track, packetBytes = 0 } = this.#format ?? {};
    if (track === undefined) throw undecodable('a fragment of MP4 before its header (moov)');
    if (this.#packets !== null) throw misplaced();
    this.#moof = this.#queue.place;
    this.#base = this.#at;
    this.#packets = packetsOfFragment(body, { track, packetBytes, moofBytes });
  }

  /** Audio whose index is yet to come. */
  #hold(headerBytes: number, whole: number): null | undefined {
    if (whole > MAX_HELD_BYTES) {
      throw undecodable(
        'M4A with its index at the end has to be smaller than 4 MiB: write it with the index in front',
      );
    }
    if (this.#queue.length < whole) return null;
    if (this.#held !== null) throw undecodable('MP4 with several pieces of audio before its index');
    this.#held = { begin: this.#at + headerBytes, bytes: this.#queue.bytes.slice(headerBytes, whole) };
    this.#consume(whole);
    return undefined;
  }

  #consume(bytes: number): number {
    const taken = this.#queue.consume(bytes);
    this.#at += taken;
    return taken;
  }
}

function misplaced(): Error {
  return undecodable('MP4 whose audio is not where its index says');
}
