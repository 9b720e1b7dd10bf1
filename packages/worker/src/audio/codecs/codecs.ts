import type { CodedFormat } from '@tributary/shared';
import { loadAacCodec } from './aac-codec.js';
import type { Codec } from './codec.js';
import { loadFlacCodec } from './flac-codec.js';
import { loadMp3Codec } from './mp3-codec.js';
import { loadOpusCodec } from './opus-codec.js';

/**
 * The decoders of this process. Their modules are compiled while this file is imported, because a session decodes
 * without waiting. Whose packets they have decoded before does not show, so all sessions share them.
 */
const [opus, mp3, flac, aac] = await Promise.all([
  loadOpusCodec(),
  loadMp3Codec(),
  loadFlacCodec(),
  loadAacCodec(),
]);

export function codecFor({ container, encoding, sampleRateHz: rateHz, channels }: CodedFormat): Codec {
  switch (encoding) {
    case 'opus':
      return opus;
    case 'mp3':
      return mp3(rateHz);
    case 'flac':
      return flac(rateHz);
    case 'aac':
      return aac({ rateHz, channels, brokenIsSilent: container === 'adts' });
  }
}
