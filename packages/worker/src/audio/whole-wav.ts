import { TributaryError } from '@tributary/shared';
import { joinPcm } from './join.js';
import { StreamDecoder } from './stream-decoder.js';
import { startsAsWav } from './wav-header.js';

export { isCompleteWav } from './wav-header.js';

/** Decodes a WAV file that came as one chunk to 16 kHz mono. Throws `unsupported_audio`. */
export function decodeWholeWav(bytes: Uint8Array): Int16Array {
  if (!startsAsWav(bytes)) throw new TributaryError('unsupported_audio', 'not a WAV file');
  const decoder = new StreamDecoder({ format: 'auto' });
  return joinPcm([decoder.push(0, bytes), decoder.flush()]);
}
