import type { AudioFormat, Mark, SessionOptions, TributaryError } from '@tributary/shared';
import { beginsRecording } from '../audio/detect.js';
import { deinterleave } from '../audio/samples.js';
import { StreamDecoder } from '../audio/stream-decoder.js';
import { Quiet } from './quiet.js';

type StreamOptions = Pick<SessionOptions, 'mode' | 'format' | 'channels'>;

/** What of a mark belongs to the stream that is being decoded; `chunk` is the first one still needed. */
export type StreamMark = Pick<
  Mark,
  'byte' | 'skip' | 'frame' | 'sample' | 'base' | 'format' | 'dataEnd' | 'broken' | 'quiet' | 'decodeChunk'
>;

/**
 * The slices of a session that are one continuous stream, decoded; or, between two streams, what is known for the next.
 * Knows which sample of the session each decoded one is, with the silence that the client spoke of in between.
 */
export class ContinuousStream {
  readonly #options: StreamOptions;
  readonly #quiet: Quiet;
  #decoder: StreamDecoder | null = null;
  /** What is decoded next is this many samples further on in the session than in its stream. */
  #base: number;
  /** Absolute sample at which this decoder began. */
  #began: number;
  #format: AudioFormat | null;
  #broken: boolean;

  constructor(options: StreamOptions, mark: Mark | null) {
    this.#options = options;
    this.#quiet = new Quiet(mark?.quiet);
    this.#base = mark?.base ?? 0;
    this.#began = mark?.sample ?? 0;
    this.#format = mark?.format ?? null;
    this.#broken = mark?.broken ?? false;
    // At the beginning of a stream the first chunk decides, here as it did for the earlier owner.
    if (mark !== null && !mark.broken && (mark.byte > 0 || mark.frame > 0 || mark.sample > mark.base)) {
      this.#decoder = this.#open({
        chunk: mark.decodeChunk ?? mark.chunk,
        byte: mark.byte,
        skip: mark.skip,
        frame: mark.frame,
        sample: mark.sample - mark.base,
        format: mark.format,
        ...(mark.dataEnd === undefined ? {} : { dataEnd: mark.dataEnd }),
      });
    }
  }

  /** Slices of it are expected. */
  get isOpen(): boolean {
    return this.#decoder !== null;
  }

  /** The rest of it cannot be decoded. */
  get broken(): boolean {
    return this.#broken;
  }

  /** What broke behind the samples that `push` has given, or null. */
  get failure(): TributaryError | null {
    return this.#decoder?.failure ?? null;
  }

  /** Slices have come, but not enough of them to know what they are. */
  get undetermined(): boolean {
    return this.#decoder !== null && this.#decoder.format === null;
  }

  /** Bytes that a frame which has begun still lacks; 0 when none has. */
  get bytesToFrame(): number {
    return this.#decoder?.bytesToFrame ?? 0;
  }

  /** Decodes a slice that begins at this sample of the session, to the samples of each channel. Throws `unsupported_audio`. */
  push(index: number, audio: Buffer, sample: number): Int16Array[] {
    if (this.#decoder === null) {
      if (audio.length === 0) return [];
      // A stream that goes on after a recording of its own keeps its format, unless it says otherwise.
      const saysOtherwise = this.#options.format === 'auto' && beginsRecording(audio);
      const format = saysOtherwise ? null : this.#format;
      this.#begin(
        sample,
        format === null ? null : { chunk: index, byte: 0, skip: 0, frame: 0, sample: 0, format },
      );
    }
    const decoder = this.#decoder as unknown as StreamDecoder;
    const pcm = decoder.push(index, audio);
    this.#format = decoder.format;
    return deinterleave(pcm, decoder.channels);
  }

  /** A chunk of silence comes next, at this sample of the session; returns how many samples of it are still to be heard. */
  silence(index: number, total: number, sample: number): number {
    const samples = this.#quiet.add(index, sample, total);
    this.#base += samples;
    return samples;
  }

  /** The first sample at or behind this one that is not within a chunk of silence. */
  behindSilence(sample: number): number {
    return this.#quiet.endFrom(sample);
  }

  /** What the decoder kept back. */
  flush(): Int16Array[] {
    if (this.#decoder === null) return [];
    const pcm = this.#decoder.flush();
    return deinterleave(pcm, this.#decoder.channels);
  }

  /** The stream ends at this sample of the session; the next slice begins another. */
  end(sample: number): void {
    this.#decoder = null;
    this.#base = sample;
  }

  /** The stream cannot be decoded. */
  breakOff(): void {
    this.#decoder = null;
    this.#broken = true;
  }

  /** A stream in the same format begins with this byte of a chunk. */
  beginAt(chunk: number, byte: number, sample: number): void {
    this.#begin(sample, { chunk, byte, skip: 0, frame: 0, sample: 0, format: this.#format });
  }

  /** Where to restart for a sample of the session that was heard; `chunk` is null when no slice before `next` is needed. */
  markAt(sample: number, next: number): StreamMark & { chunk: number } {
    const quietChunk = this.#quiet.nextAt(sample);
    if (this.#decoder === null) {
      return { chunk: quietChunk ?? next, ...this.markBefore(sample) };
    }
    const base = this.#base - this.#quiet.behind(sample);
    const position = this.#decoder.positionOf(Math.min(sample - base, this.#decoder.sample));
    const chunk = Math.min(position.chunk, quietChunk ?? Number.POSITIVE_INFINITY);
    const { byte, skip, frame, format, dataEnd } = position;
    const mark = Object.assign(this.markBefore(sample), { chunk, byte, skip, frame, base, format });
    if (dataEnd !== undefined) mark.dataEnd = dataEnd;
    if (chunk < position.chunk) mark.decodeChunk = position.chunk;
    return mark;
  }

  /** The mark where a chunk, and a new stream, begins at a sample of the session. */
  markBefore(sample: number): StreamMark {
    const quiet = this.#quiet.before(sample);
    return {
      byte: 0,
      skip: 0,
      frame: 0,
      sample,
      base: sample,
      format: this.#format,
      broken: this.#broken,
      ...(quiet === undefined ? {} : { quiet }),
    };
  }

  /** The mark's audio is durably concluded. */
  forget({ sample, base }: Pick<Mark, 'sample' | 'base'>): void {
    this.#quiet.forget(sample);
    if (this.#decoder !== null && sample > this.#began) this.#decoder.forget(sample - base);
  }

  #begin(sample: number, from: ReturnType<StreamDecoder['positionOf']> | null): void {
    this.#base = sample;
    this.#began = sample;
    this.#decoder = this.#open(from);
  }

  #open(from: ReturnType<StreamDecoder['positionOf']> | null): StreamDecoder {
    const { format, mode, channels } = this.#options;
    return new StreamDecoder({
      format,
      separate: channels === 'separate',
      stripRepeatedHeaders: mode === 'stream',
      ...(from === null ? {} : { from }),
    });
  }
}
