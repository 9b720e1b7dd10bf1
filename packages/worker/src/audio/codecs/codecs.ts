import type { CodedFormat } from '@tributary/shared';
import type { Codec } from './codec.js';
import { loadFlacCodec } from './flac-codec.js';
import { loadMp3Codec } from './mp3-codec.js';
import { loadOpusCodec } from './opus-codec.js';

/**
 * The decoders of this process. Their modules are compiled while this file is imported, because a session decodes
 * without waiting. Whose packets
 * they have decoded before does not show, so all sessions share them.
 */
const [opus, mp3, flac] = await Promise.all([loadOpusCodec(), loadMp3Codec(), loadFlacCodec()]);

export function codecFor(format: CodedFormat): Codec {
  if (format.encoding === 'opus') return opus;
  return format.encoding === 'mp3' ? mp3(format.sampleRateHz) : flac(format.sampleRateHz);
}
