import type { CodedFormat } from '@tributary/shared';
import { SAMPLE_RATE_HZ } from '../../engines/engine.js';
import { parseOpusHead } from '../codecs/opus-head.js';
import { undecodable } from '../codecs/wasm-exports.js';
import type { BytePlace } from '../frame-cutter.js';
import { ByteQueue, type Slice } from './byte-queue.js';
import { beginsWith, type Demuxer, MAX_SEARCHED_BYTES, type Part, toBase64 } from './demuxer.js';
import { children, codedNumber, type ElementHeader, elementHeader, unsigned } from './ebml.js';

const EBML = 0x1a45dfa3;
const SEGMENT = 0x18538067;
const CLUSTER = 0x1f43b675;
const TRACKS = 0x1654ae6b;
const SIMPLE_BLOCK = 0xa3;
const BLOCK_GROUP = 0xa0;
const BLOCK = 0xa1;
const TRACK_ENTRY = 0xae;
const TRACK_NUMBER = 0xd7;
const TRACK_TYPE = 0x83;
const CODEC_ID = 0x86;
const CODEC_PRIVATE = 0x63a2;
const AUDIO = 2;
const LACING = 0x06;
/** Flags of a block that are lacing, or mean nothing. */
const UNLIKELY_FLAGS = 0x76;
/** A track's number, a time and flags. */
const MAX_BLOCK_HEADER_BYTES = 8 + 3;
/** What is read as a whole: track headers and blocks. Everything else is only passed over. */
const MAX_ELEMENT_BYTES = 65_536;
const EBML_MAGIC = '\x1a\x45\xdf\xa3';

/**
 * WebM and Matroska (RFC 9559) as `MediaRecorder` and others write it, one Opus track. Segment and Cluster are
 * entered and forgotten, so that any block can be the first. Times are not looked at: audio is what was heard, one
 * packet behind the other. An EBML header begins a new recording, at once where a chunk begins with it.
 */
export class WebmDemuxer implements Demuxer {
  readonly #queue = new ByteQueue();
  /** Bytes of an element that is being passed over. */
  #skip = 0;
  #track: number | null;
  /** Bytes looked through for the beginning of an element; null once one was found. */
  #searched: number | null;
  #begin: BytePlace | null = null;

  constructor(format: CodedFormat | null) {
    this.#track = format?.track ?? null;
    this.#searched = format === null ? null : 0;
  }

  append(slice: Slice): void {
    if (slice.byte === 0 && beginsWith(slice.bytes, EBML_MAGIC)) {
      this.#queue.clear();
      this.#skip = 0;
    }
    this.#queue.append(slice);
  }

  next(): Part | null {
    for (;;) {
      this.#skip -= this.#queue.consume(this.#skip);
      if (this.#skip > 0) return null;
      const header = this.#header();
      if (header === null) return null;
      const part = this.#element(header);
      if (part !== undefined) return part;
    }
  }

  end(): Part | null {
    return null;
  }

  /** The header of the element that comes next, where that is one to be believed. */
  #header(): ElementHeader | null {
    for (;;) {
      const header = elementHeader(this.#queue.bytes);
      if (header === null) return null;
      if (this.#searched === null) {
        if (header === false) throw undecodable('broken WebM');
        return header;
      }
      const plausible = header !== false && this.#isPlausible(header);
      if (plausible === null) return null;
      if (header !== false && plausible) {
        this.#searched = null;
        return header;
      }
      this.#searched += this.#queue.consume(1);
      if (this.#searched > MAX_SEARCHED_BYTES) throw undecodable('no WebM in what should be WebM');
    }
  }

  /** After a beginning in the middle: is this an element, or does a packet's inside look like one? Null when bytes are missing to tell. */
  #isPlausible({ id, size, headerBytes }: ElementHeader): boolean | null {
    if (id === EBML || id === SEGMENT || id === CLUSTER) return true;
    if (id !== SIMPLE_BLOCK && id !== BLOCK_GROUP) return false;
    if (size === null || size < 4 || size > MAX_ELEMENT_BYTES) return false;
    const body = this.#queue.bytes.subarray(headerBytes);
    if (id === BLOCK_GROUP) return body.length === 0 ? null : body[0] === BLOCK;
    const track = elementSize(body);
    if (track === null || body.length < track.bytes + 3) {
      return body.length < MAX_BLOCK_HEADER_BYTES ? null : false;
    }
    return track.value === this.#track && (body[track.bytes + 2]! & UNLIKELY_FLAGS) === 0;
  }

  /** Deals with one element; undefined when that gave nothing and the next one may be looked at. */
  #element({ id, size, headerBytes }: ElementHeader): Part | null | undefined {
    if (id === SEGMENT || id === CLUSTER) {
      this.#queue.consume(headerBytes);
      return undefined;
    }
    if (size === null) throw undecodable('a WebM element of unknown size');
    const whole = headerBytes + size;
    if (id === EBML) {
      this.#begin = this.#queue.place;
      this.#track = null;
    }
    // A track header without an EBML header repeats the one that is known, or the beginning of its recording was lost: all goes on as before.
    const isWanted = id === TRACKS ? this.#track === null : id === SIMPLE_BLOCK || id === BLOCK_GROUP;
    if (!isWanted) {
      this.#skip = whole;
      return undefined;
    }
    if (size > MAX_ELEMENT_BYTES) throw undecodable('a WebM element larger than 64 KiB');
    if (this.#queue.length < whole) return null;
    const body = this.#queue.bytes.subarray(headerBytes, whole);
    const { place } = this.#queue;
    // Whoever begins there has to believe it.
    const restart = this.#isPlausible({ id, size, headerBytes }) ? place : null;
    const part = id === TRACKS ? this.#tracks(body, place) : this.#block(id, body, restart);
    this.#queue.consume(whole);
    return part ?? undefined;
  }

  #tracks(body: Uint8Array, place: BytePlace): Part {
    let found: string | null = null;
    for (const { id, body: entry } of children(body)) {
      if (id !== TRACK_ENTRY) continue;
      const fields = new Map([...children(entry)].map((field) => [field.id, field.body]));
      if (unsigned(fields.get(TRACK_TYPE) ?? new Uint8Array(0)) !== AUDIO) continue;
      const codec = Buffer.from(fields.get(CODEC_ID) ?? []).toString('latin1');
      found = codec.replace(/\0+$/, '');
      if (found !== 'A_OPUS') continue;
      const init = fields.get(CODEC_PRIVATE) ?? new Uint8Array(0);
      const { channels } = parseOpusHead(init);
      this.#track = unsigned(fields.get(TRACK_NUMBER) ?? new Uint8Array(0));
      const format: CodedFormat = {
        container: 'webm',
        encoding: 'opus',
        sampleRateHz: SAMPLE_RATE_HZ,
        channels,
        track: this.#track,
        init: toBase64(init),
      };
      return { kind: 'header', format, place: this.#begin ?? place };
    }
    throw undecodable(found === null ? 'WebM without audio' : 'WebM whose audio is not Opus');
  }

  #block(id: number, body: Uint8Array, place: BytePlace | null): Part | null {
    if (this.#track === null) throw undecodable('WebM without a track header');
    const block = id === SIMPLE_BLOCK ? body : [...children(body)].find((child) => child.id === BLOCK)?.body;
    const track = block === undefined ? null : elementSize(block);
    if (!block || !track || block.length < track.bytes + 3) throw undecodable('a broken WebM block');
    if (track.value !== this.#track) return null;
    if ((block[track.bytes + 2]! & LACING) !== 0) throw undecodable('WebM with lacing');
    const bytes = block.slice(track.bytes + 3);
    return bytes.length === 0 ? null : { kind: 'packet', bytes, place };
  }
}

/** A number that is coded as sizes are. */
function elementSize(bytes: Uint8Array): { value: number; bytes: number } | null {
  const count = Math.clz32((bytes[0] ?? 0) << 24) + 1;
  if (count > 8 || count > bytes.length) return null;
  return { value: codedNumber(bytes, 0, count) ?? 0, bytes: count };
}
