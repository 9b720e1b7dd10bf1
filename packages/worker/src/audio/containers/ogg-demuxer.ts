import type { CodedFormat } from '@tributary/shared';
import { SAMPLE_RATE_HZ } from '../../engines/engine.js';
import { isOpusHead, parseOpusHead } from '../codecs/opus-head.js';
import { undecodable } from '../codecs/wasm-exports.js';
import type { BytePlace } from '../frame-cutter.js';
import { joinBytes } from '../join.js';
import { ByteQueue, type Slice } from './byte-queue.js';
import { beginsWith, type Demuxer, MAX_SEARCHED_BYTES, type Part, toBase64 } from './demuxer.js';

const MAGIC = 'OggS';
const PAGE_HEADER_BYTES = 27;
const CONTINUED = 1;
const FIRST_PAGE = 2;
const MAX_PACKET_BYTES = 65_536;

interface Page {
  flags: number;
  serial: number;
  /** Lengths of the pieces of packets in it; a piece of 255 bytes goes on in the next one. */
  lacing: Uint8Array;
  body: Uint8Array;
  place: BytePlace;
}

/**
 * Ogg (RFC 3533) with Opus (RFC 7845). A first page of an Opus stream begins a recording, wherever it comes; other
 * streams beside it are passed over. Granule positions are not looked at: padding of the last page is heard.
 */
export class OggDemuxer implements Demuxer {
  readonly #queue = new ByteQueue();
  readonly #parts: Part[] = [];
  #serial: number | null;
  /** The comment header that follows the first page is still to come. */
  #comments = false;
  /** A packet that goes on in the next page: its pieces so far, and its bytes. */
  #open: Uint8Array[] | null = null;
  #openBytes = 0;
  #searched: number;
  #seeking: boolean;

  constructor(format: CodedFormat | null) {
    this.#serial = format?.track ?? null;
    this.#seeking = format !== null;
    this.#searched = 0;
  }

  append(slice: Slice): void {
    const { bytes } = slice;
    const begins = slice.byte === 0 && beginsWith(bytes, MAGIC);
    if (begins && ((bytes[5] ?? 0) & FIRST_PAGE) !== 0) this.#queue.clear();
    this.#queue.append(slice);
  }

  next(): Part | null {
    for (;;) {
      const part = this.#parts.shift();
      if (part !== undefined) return part;
      const page = this.#page();
      if (page === null) return null;
      this.#take(page);
    }
  }

  end(): Part | null {
    return null;
  }

  #page(): Page | null {
    for (;;) {
      const { bytes } = this.#queue;
      if (bytes.length < MAGIC.length) return null;
      if (beginsWith(bytes, MAGIC) && (bytes[4] ?? 0) === 0) break;
      if (!this.#seeking) throw undecodable('broken Ogg');
      this.#searched += this.#queue.consume(1);
      if (this.#searched > MAX_SEARCHED_BYTES) throw undecodable('no Ogg in what should be Ogg');
    }
    const { bytes } = this.#queue;
    const bodyAt = PAGE_HEADER_BYTES + (bytes[PAGE_HEADER_BYTES - 1] ?? 0);
    if (bytes.length < bodyAt) return null;
    const lacing = bytes.slice(PAGE_HEADER_BYTES, bodyAt);
    const end = bodyAt + lacing.reduce((sum, length) => sum + length, 0);
    if (bytes.length < end) return null;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const place = this.#queue.place;
    const page = {
      flags: bytes[5]!,
      serial: view.getUint32(14, true),
      lacing,
      body: bytes.slice(bodyAt, end),
      place,
    };
    this.#queue.consume(end);
    this.#seeking = false;
    return page;
  }

  #take({ flags, serial, lacing, body, place }: Page): void {
    if ((flags & FIRST_PAGE) !== 0) {
      if (isOpusHead(body)) this.#begin(serial, body, place);
      return;
    }
    if (this.#serial === null) throw undecodable('Ogg without Opus');
    if (serial !== this.#serial) return;
    if ((flags & CONTINUED) === 0) this.#drop();
    let first: BytePlace | null = place;
    let from = 0;
    let at = 0;
    let lost = (flags & CONTINUED) !== 0 && this.#open === null;
    lacing.forEach((length, i) => {
      at += length;
      const ends = length < 255;
      if (!ends && i < lacing.length - 1) return;
      const piece = body.subarray(from, at);
      from = at;
      // The end of a packet whose beginning came before we did.
      if (lost) {
        lost = !ends;
        return;
      }
      const goesOn = this.#open !== null;
      this.#add(piece);
      if (!ends) return;
      const bytes = joinBytes(this.#open ?? []).slice();
      this.#drop();
      if (this.#comments) this.#comments = false;
      else if (bytes.length > 0) {
        this.#parts.push({ kind: 'packet', bytes, place: goesOn ? null : first });
      }
      if (!goesOn) first = null;
    });
  }

  #begin(serial: number, body: Uint8Array, place: BytePlace): void {
    const { channels } = parseOpusHead(body);
    this.#serial = serial;
    this.#comments = true;
    this.#drop();
    this.#parts.push({
      kind: 'header',
      place,
      format: {
        container: 'ogg',
        encoding: 'opus',
        sampleRateHz: SAMPLE_RATE_HZ,
        channels,
        track: serial,
        init: toBase64(body.subarray(0, 19)),
      },
    });
  }

  #add(piece: Uint8Array): void {
    this.#open ??= [];
    this.#openBytes += piece.length;
    // Comments may hold a picture; nobody looks at them.
    if (!this.#comments) this.#open.push(piece);
    if (!this.#comments && this.#openBytes > MAX_PACKET_BYTES) {
      throw undecodable('an Ogg packet larger than 64 KiB');
    }
  }

  #drop(): void {
    this.#open = null;
    this.#openBytes = 0;
  }
}
