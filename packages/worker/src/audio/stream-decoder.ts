import type { AudioFormat, RawFormat, TributaryError } from '@tributary/shared';
import type { AudioDecoder } from './audio-decoder.js';
import { CodedDecoder } from './coded-decoder.js';
import { type Detected, detect } from './detect.js';
import { joinBytes, joinPcm } from './join.js';
import { PcmDecoder } from './pcm-decoder.js';
import { isCoded, type StreamPosition } from './stream-position.js';

export interface StreamDecoderOptions {
  /** `auto`: what the first bytes say, or else 16 kHz mono s16le. A described format means headerless samples. */
  format: 'auto' | RawFormat;
  /** Channels are given out interleaved, instead of their average. */
  separate?: boolean;
  from?: StreamPosition;
  /** A chunk that begins with a WAV header is more audio behind one more header, wherever it comes. */
  stripRepeatedHeaders?: boolean;
}

interface Held {
  chunk: number;
  audio: Uint8Array;
}

const NONE = new Int16Array(0);

/**
 * Decodes one continuous stream that arrives in slices cut anywhere, to 16 kHz, mono unless `separate`: headerless samples and WAV
 * (`PcmDecoder`), or compressed audio in a container (`CodedDecoder`). Everything it decides follows from the bytes
 * at and behind a position, so that a decoder started `from` any position of another gives the very same samples from
 * there on.
 *
 * `push` throws `unsupported_audio` for a stream that begins as nothing that can be decoded; a stream that breaks later
 * gives what came before and then `failure`.
 */
export class StreamDecoder implements AudioDecoder {
  readonly #options: StreamDecoderOptions;
  #decoder: AudioDecoder | null = null;
  /** Chunks of which it is not known yet what they begin. */
  #held: Held[] = [];
  #nextChunk: number;

  constructor(options: StreamDecoderOptions) {
    this.#options = options;
    this.#nextChunk = options.from?.chunk ?? 0;
    const format = options.from?.format ?? null;
    if (isCoded(format)) this.#open(format.container);
    else if (format !== null || options.format !== 'auto') this.#open('raw');
  }

  /** 16 kHz samples given out so far, counted from the beginning of the stream. */
  get sample(): number {
    return this.#decoder?.sample ?? this.#options.from?.sample ?? 0;
  }

  get channels(): number {
    return this.#decoder?.channels ?? 1;
  }

  get format(): AudioFormat | null {
    return this.#decoder?.format ?? null;
  }

  get failure(): TributaryError | null {
    return this.#decoder?.failure ?? null;
  }

  /** Bytes that a frame which has begun still lacks; 0 when none has. */
  get bytesToFrame(): number {
    return this.#decoder?.bytesToFrame ?? 0;
  }

  /**
   * Decodes a chunk; returns the new 16 kHz samples. Chunk numbers only increase; those before the
   * restart point are passed over. Throws `unsupported_audio`.
   */
  push(chunkIndex: number, audio: Uint8Array): Int16Array {
    if (this.#decoder !== null) return this.#decoder.push(chunkIndex, audio);
    const from = this.#options.from;
    if (from !== undefined && chunkIndex < from.chunk) return NONE;
    if (chunkIndex < this.#nextChunk) throw new RangeError(`chunk ${chunkIndex} was already decoded`);
    this.#nextChunk = chunkIndex + 1;
    if (audio.length === 0) return NONE;
    // What is held must not pin the larger buffer that it came in.
    this.#held.push({ chunk: chunkIndex, audio: audio.slice() });
    const kind = detect(joinBytes(this.#held.map((held) => this.#unused(held))));
    return kind === 'more' ? NONE : this.#replay(this.#open(kind));
  }

  /** The end of the stream: what was held back, and what only the end shows to be whole. Never throws. */
  flush(): Int16Array {
    if (this.#decoder !== null) return this.#decoder.flush();
    const decoder = this.#open('raw');
    return joinPcm([this.#replay(decoder), decoder.flush()]);
  }

  /**
   * Where to restart so that the next sample given out is `sample`, which must neither be ahead of what was
   * given out nor forgotten.
   */
  positionOf(sample: number): StreamPosition {
    if (this.#decoder !== null) return this.#decoder.positionOf(sample);
    if (sample !== this.sample) throw new RangeError(`sample ${sample} was not given out`);
    const { from } = this.#options;
    const start = { byte: 0, skip: 0, frame: 0, sample: 0, format: null, ...from };
    const chunk = this.#held[0]?.chunk ?? this.#nextChunk;
    return { ...start, chunk, byte: chunk === from?.chunk ? start.byte : 0 };
  }

  /** Positions before `sample` will not be asked for any more. */
  forget(sample: number): void {
    this.#decoder?.forget(sample);
  }

  #open(kind: Detected): AudioDecoder {
    const { from, ...options } = this.#options;
    const isPcm = kind === 'raw' || kind === 'wav';
    this.#decoder = isPcm
      ? new PcmDecoder({ ...options, ...(from === undefined ? {} : { from }) })
      : new CodedDecoder(kind, from ?? null, options.separate);
    return this.#decoder;
  }

  #replay(decoder: AudioDecoder): Int16Array {
    const held = this.#held;
    this.#held = [];
    return joinPcm(held.map(({ chunk, audio }) => decoder.push(chunk, audio)));
  }

  #unused({ chunk, audio }: Held): Uint8Array {
    const { from } = this.#options;
    return chunk === from?.chunk ? audio.subarray(Math.min(from.byte, audio.length)) : audio;
  }
}
