import type { RawFormat } from '@tributary/shared';
import { joinPcm } from './join.js';
import { deinterleave } from './samples.js';
import { StreamDecoder } from './stream-decoder.js';

/**
 * Decodes a chunk that has nothing to do with those before and behind it to the 16 kHz samples of each channel, or of one that is
 * the average of all. Throws `unsupported_audio`.
 */
export function decodeAlone(audio: Uint8Array, format: 'auto' | RawFormat, separate: boolean): Int16Array[] {
  const decoder = new StreamDecoder({ format, separate });
  const body = decoder.push(0, audio);
  const tail = decoder.flush();
  if (decoder.failure !== null && body.length + tail.length === 0) throw decoder.failure;
  return deinterleave(tail.length === 0 ? body : joinPcm([body, tail]), decoder.channels);
}
