import type { AudioFormat, CodedFormat } from '@tributary/shared';

/**
 * Where a stream can be taken up again: with chunk `chunk`, or the first one behind it where that number does
 * not exist. All counts are from the beginning of the stream.
 */
export interface StreamPosition {
  chunk: number;
  /** Byte of that chunk in which input frame `frame` begins. Counts only in chunk `chunk` itself. */
  byte: number;
  /** 16 kHz samples to discard after the restart: a codec's run-up. */
  skip: number;
  frame: number;
  /** 16 kHz sample that is given out first (after `skip`). */
  sample: number;
  /** Null while it is not known: the decoder then looks at the first bytes again. */
  format: AudioFormat | null;
  /**
   * Input frame at which the data that a WAV header declared ends, while that lies ahead. Without it, bytes
   * behind the data of a WAV that spans several chunks would be taken for audio after a restart.
   */
  dataEnd?: number;
}

export function isCoded(format: AudioFormat | null): format is CodedFormat {
  return format !== null && 'init' in format;
}
