import type { RawFormat } from '@tributary/shared';
import { joinPcm } from './join.js';
import { StreamDecoder } from './stream-decoder.js';
import { decodeWholeWav, isCompleteWav } from './whole-wav.js';

/** Decodes a chunk that has nothing to do with those before and behind it to 16 kHz mono. Throws `unsupported_audio`. */
export function decodeAlone(audio: Uint8Array, format: 'auto' | RawFormat): Int16Array {
  if (format === 'auto' && isCompleteWav(audio)) return decodeWholeWav(audio);
  const decoder = new StreamDecoder({ format });
  const body = decoder.push(0, audio);
  const tail = decoder.flush();
  if (decoder.failure !== null && body.length + tail.length === 0) throw decoder.failure;
  return tail.length === 0 ? body : joinPcm([body, tail]);
}
