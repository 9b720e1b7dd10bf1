import { type PcmFormat, type RawFormat, TributaryError } from '@tributary/shared';
import { SAMPLE_RATE_HZ } from '../engines/engine.js';
import type { AudioDecoder } from './audio-decoder.js';
import { ChannelResampler } from './channel-resampler.js';
import { MAX_CHUNK_SECONDS, tooMuchAudio } from './chunk-limit.js';
import { detect } from './detect.js';
import { type BytePlace, FrameCutter, type FramePlace } from './frame-cutter.js';
import { joinBytes, joinPcm } from './join.js';
import { frameBytes, toMono, toPlanes } from './samples.js';
import { isCoded, type StreamPosition } from './stream-position.js';
import { isTrailer, parseWavHeader, startsAsWav, type WavHeader } from './wav-header.js';

export interface PcmDecoderOptions {
  /** `auto`: WAV, or else 16 kHz mono s16le. A described format means headerless samples. */
  format: 'auto' | RawFormat;
  /** Channels are given out interleaved, instead of their average. */
  separate?: boolean;
  from?: StreamPosition;
  /** A chunk that begins with a WAV header is more audio behind one more header, wherever it comes. */
  stripRepeatedHeaders?: boolean;
}

interface Slice extends BytePlace {
  bytes: Uint8Array;
}

const HEADERLESS: PcmFormat = {
  container: 'raw',
  encoding: 's16le',
  sampleRateHz: SAMPLE_RATE_HZ,
  channels: 1,
};
const NONE = new Int16Array(0);

/**
 * Decodes one continuous stream, headerless or WAV, that arrives in slices cut anywhere, to 16 kHz, mono unless `separate`.
 * Everything it decides follows from the bytes at and behind a position, so that a decoder started `from`
 * any position of another gives the very same samples from there on.
 *
 * What a WAV header declares is believed as far as the bytes bear it out:
 * - It promises more than comes, or does not say: what comes is decoded.
 * - Its data ends inside a chunk: RIFF chunks behind it (`LIST`…) are ignored, to the end of that chunk. Bytes
 *   that are no RIFF chunk mean that the header counted short, and are decoded.
 * - Its data has ended and a later chunk comes: that is more audio of the same format. A header at the
 *   beginning of such a chunk is taken off; so is one at the beginning of any chunk with
 *   `stripRepeatedHeaders`. A frame left unfinished before it is dropped. Another format behind it is refused.
 *
 * After `push` has thrown, the decoder is of no further use, except that `positionOf` still tells where to
 * restart, so that the same bytes throw again.
 */
export class PcmDecoder implements AudioDecoder {
  readonly #from: StreamPosition | null;
  readonly #stripsHeaders: boolean;
  readonly #separate: boolean;
  #format: PcmFormat | null = null;
  #cutter: FrameCutter | null = null;
  #channels = 1;
  #resampler: ChannelResampler | null = null;
  /** Slices of which it is not known yet whether they are a header. */
  #head: Slice[] = [];
  /** Where the next slice begins, as far as known. */
  #next: BytePlace;
  /** Input frame at which the declared data ends; null when that is unknown or behind us. */
  #dataEnd: number | null;
  #discard: number;
  #sample: number;
  #forgotten: number;
  #ended = false;

  constructor(options: PcmDecoderOptions) {
    const from = options.from ?? null;
    this.#from = from;
    this.#stripsHeaders = options.stripRepeatedHeaders ?? false;
    this.#separate = options.separate ?? false;
    this.#next = { chunk: from?.chunk ?? 0, byte: from?.byte ?? 0 };
    this.#dataEnd = from?.dataEnd ?? null;
    this.#discard = from?.skip ?? 0;
    this.#sample = from?.sample ?? 0;
    this.#forgotten = this.#sample;
    const known = from !== null && !isCoded(from.format) ? from.format : null;
    const format = known ?? (options.format === 'auto' ? null : described(options.format));
    if (format !== null) this.#setFormat(format);
  }

  /** 16 kHz samples given out so far, counted from the beginning of the stream. */
  get sample(): number {
    return this.#sample;
  }

  get channels(): number {
    return this.#channels;
  }

  get format(): PcmFormat | null {
    return this.#format;
  }

  /** Samples are never broken; a broken header throws at once. */
  get failure(): null {
    return null;
  }

  /** Bytes that a frame which has begun still lacks; 0 when none has. */
  get bytesToFrame(): number {
    const lacking = this.#cutter?.bytesUntil(this.#cutter.frames + 1) ?? 0;
    return this.#format === null || lacking === frameBytes(this.#format) ? 0 : lacking;
  }

  /**
   * Decodes a chunk; returns the new 16 kHz samples. Chunk numbers only increase; those before the
   * restart point are passed over. Throws `unsupported_audio`.
   */
  push(chunkIndex: number, audio: Uint8Array): Int16Array {
    if (this.#from !== null && chunkIndex < this.#from.chunk) return NONE;
    if (this.#ended) throw new RangeError('the stream has been flushed');
    if (chunkIndex < this.#next.chunk) throw new RangeError(`chunk ${chunkIndex} was already decoded`);
    const byte = chunkIndex === this.#from?.chunk ? Math.min(this.#from.byte, audio.length) : 0;
    this.#next = { chunk: chunkIndex + 1, byte: 0 };
    const pcm = this.#give(
      this.#take({ chunk: chunkIndex, byte, bytes: byte === 0 ? audio : audio.subarray(byte) }),
    );
    if (pcm.length > MAX_CHUNK_SECONDS * SAMPLE_RATE_HZ) throw tooMuchAudio();
    return pcm;
  }

  /** The end of the stream: what was held back as a possible header, and the resampler's tail. Never throws. */
  flush(): Int16Array {
    if (this.#ended) return NONE;
    const held = this.#head.length === 0 ? [] : this.#resolveHead(true);
    this.#ended = true;
    this.#cutter?.dropPartial();
    const tail = this.#resampler?.flush() ?? NONE;
    return this.#give([...held, tail]);
  }

  /**
   * Where to restart so that the next sample given out is `sample`, which must neither be ahead of what was
   * given out nor forgotten.
   */
  positionOf(sample: number): StreamPosition {
    if (sample > this.#sample || sample < this.#forgotten) {
      throw new RangeError(`sample ${sample} is not within ${this.#forgotten} to ${this.#sample}`);
    }
    const { chunk, byte, frame, dataEnd } = this.#placeOf(sample);
    const position = { chunk, byte, skip: 0, frame, sample, format: this.#format };
    return dataEnd === null ? position : { dataEnd, ...position };
  }

  /** Positions before `sample` will not be asked for any more. */
  forget(sample: number): void {
    this.#forgotten = Math.max(this.#forgotten, Math.min(sample, this.#sample));
    if (this.#resampler !== null) {
      this.#cutter?.forget(this.#resampler.firstFrameFor(this.#forgotten));
    }
  }

  #placeOf(sample: number): FramePlace {
    const next = this.#head[0] ?? this.#next;
    const ahead = { chunk: next.chunk, byte: next.byte, dataEnd: this.#dataEnd };
    if (this.#cutter === null || this.#resampler === null) {
      return { frame: this.#from?.frame ?? 0, ...ahead };
    }
    if (this.#ended && sample === this.#sample) return { frame: this.#cutter.frames, ...ahead };
    // A decoder that was itself restarted knows, and needs, nothing from before its restart point.
    const frame = Math.max(this.#resampler.firstFrameFor(sample), this.#from?.frame ?? 0);
    return this.#cutter.find(frame) ?? { frame: this.#cutter.frames, ...ahead };
  }

  #take(slice: Slice): Int16Array[] {
    if (this.#head.length === 0 && !this.#mayBeHeader(slice)) return this.#decode(slice);
    this.#head.push(slice);
    const out = this.#resolveHead(false);
    // What is held must not pin the larger buffer that it came in.
    if (this.#head.at(-1) === slice) slice.bytes = slice.bytes.slice();
    return out;
  }

  /** Whether a WAV header is looked for at the beginning of this slice. */
  #mayBeHeader({ byte, bytes }: Slice): boolean {
    if (this.#format === null) return true;
    if (byte > 0 || startsAsWav(bytes) === false) return false;
    return this.#stripsHeaders || (this.#format.container === 'wav' && this.#dataEnd === null);
  }

  /** Goes on with the held slices once it is clear what they are; `atEnd`: it must be clear now. */
  #resolveHead(atEnd: boolean): Int16Array[] {
    const bytes = joinBytes(this.#head.map((slice) => slice.bytes));
    const kind = this.#format === null ? detect(bytes) : repeatedHeader(bytes);
    if (kind === 'wav') {
      const header = parseWavHeader(bytes);
      if (header !== null) return this.#beginWav(header, bytes.length);
    }
    if (kind !== 'raw' && !atEnd) return [];
    const [first, ...others] = this.#head;
    this.#head = [];
    // A header that breaks off holds no samples.
    if (first === undefined || kind === 'wav') return [];
    if (this.#format === null) this.#setFormat(HEADERLESS);
    const out = this.#decode(first);
    for (const slice of others) out.push(...(atEnd ? this.#decode(slice) : this.#take(slice)));
    return out;
  }

  #beginWav(header: WavHeader, heldBytes: number): Int16Array[] {
    const last = this.#head.at(-1)!;
    if (this.#format === null) this.#setFormat(header.format);
    else checkSame(this.#format, header.format);
    this.#head = [];
    const cutter = this.#cutter!;
    cutter.dropPartial();
    this.#dataEnd =
      header.dataBytes === null
        ? null
        : cutter.frames + Math.floor(header.dataBytes / frameBytes(header.format));
    const offset = header.dataOffset - (heldBytes - last.bytes.length);
    return this.#decode({
      chunk: last.chunk,
      byte: last.byte + offset,
      bytes: last.bytes.subarray(offset),
    });
  }

  /** Decodes samples, up to the end of the declared data and perhaps beyond. */
  #decode(slice: Slice): Int16Array[] {
    const cutter = this.#cutter!;
    if (this.#dataEnd === null) return [this.#samplesOf(cutter.take(slice.bytes, slice, null))];
    const room = cutter.bytesUntil(this.#dataEnd);
    const inside = this.#samplesOf(cutter.take(slice.bytes.subarray(0, room), slice, this.#dataEnd));
    if (slice.bytes.length < room) return [inside];
    this.#dataEnd = null;
    const rest = slice.bytes.subarray(room);
    if (isTrailer(rest, frameBytes(this.#format!))) return [inside];
    const place = { chunk: slice.chunk, byte: slice.byte + room };
    return [inside, this.#samplesOf(cutter.take(rest, place, null))];
  }

  /** Whole frames to 16 kHz; 16 kHz s16le that needs no mixing is a view where it is aligned, as whole chunks are, else a copy. */
  #samplesOf(frames: Uint8Array): Int16Array {
    const { encoding, channels, sampleRateHz } = this.#format!;
    if (encoding === 's16le' && channels === this.#channels && sampleRateHz === SAMPLE_RATE_HZ) {
      if (frames.byteOffset % Int16Array.BYTES_PER_ELEMENT === 0) {
        return new Int16Array(frames.buffer, frames.byteOffset, frames.length / 2);
      }
      const pcm = new Int16Array(frames.length / 2);
      new Uint8Array(pcm.buffer).set(frames);
      return pcm;
    }
    const planes = this.#channels === 1 ? [toMono(frames, this.#format!)] : toPlanes(frames, this.#format!);
    return this.#resampler!.push(planes);
  }

  #give(parts: Int16Array[]): Int16Array {
    let pcm = parts.length === 1 ? parts[0]! : joinPcm(parts);
    const discarded = Math.min(this.#discard, pcm.length / this.#channels);
    this.#discard -= discarded;
    if (discarded > 0) pcm = pcm.subarray(discarded * this.#channels);
    this.#sample += pcm.length / this.#channels;
    return pcm;
  }

  #setFormat(format: PcmFormat): void {
    const frame = this.#from?.frame ?? 0;
    this.#format = format;
    this.#cutter = new FrameCutter(frameBytes(format), frame);
    this.#channels = this.#separate ? format.channels : 1;
    const sample = this.#sample - this.#discard;
    this.#resampler = new ChannelResampler(this.#channels, format.sampleRateHz, { frame, sample });
  }
}

function described(format: RawFormat): PcmFormat {
  const { encoding, sample_rate: sampleRateHz, channels } = format;
  return { container: 'raw', encoding, sampleRateHz, channels };
}

function repeatedHeader(bytes: Uint8Array): 'more' | 'wav' | 'raw' {
  const starts = startsAsWav(bytes);
  if (starts === null) return 'more';
  return starts ? 'wav' : 'raw';
}

function checkSame(now: PcmFormat, next: PcmFormat): void {
  const same =
    now.encoding === next.encoding &&
    now.sampleRateHz === next.sampleRateHz &&
    now.channels === next.channels;
  if (!same) throw new TributaryError('unsupported_audio', 'the format changes within one stream');
}
