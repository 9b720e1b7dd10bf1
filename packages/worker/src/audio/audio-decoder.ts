import type { AudioFormat, TributaryError } from '@tributary/shared';
import type { StreamPosition } from './stream-position.js';

/** Decodes one continuous stream, cut anywhere, to 16 kHz; see `StreamDecoder`. */
export interface AudioDecoder {
  /** Of what is given out, interleaved: 1 while the format is not known, and where they are mixed. */
  readonly channels: number;
  /** 16 kHz samples (of each channel) given out so far, counted from the beginning of the stream. */
  readonly sample: number;
  readonly format: AudioFormat | null;
  /** Why nothing will be decoded any more, after the samples that `push` has given. */
  readonly failure: TributaryError | null;
  /** Bytes that a frame which has begun still lacks; 0 when none has, and where the next one is found anyway. */
  readonly bytesToFrame: number;
  push(chunkIndex: number, audio: Uint8Array): Int16Array;
  flush(): Int16Array;
  positionOf(sample: number): StreamPosition;
  forget(sample: number): void;
}
