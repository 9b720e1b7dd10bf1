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
const [opus, stereoOpus, mp3, flac, aac] = await Promise.all([
  loadOpusCodec(1),
  loadOpusCodec(2),
  loadMp3Codec(),
  loadFlacCodec(),
  loadAacCodec(),
]);

/** `separate`: its channels are kept apart instead of being mixed. */
export function codecFor(format: CodedFormat, separate: boolean): Codec {
  const { container, encoding, sampleRateHz: rateHz, channels } = format;
  const wanted = separate ? channels : 1;
  switch (encoding) {
    case 'opus':
      return wanted === 2 ? stereoOpus : opus;
    case 'mp3':
      return mp3(rateHz, wanted);
    case 'flac':
      return flac(rateHz, wanted);
    case 'aac':
      return aac({ rateHz, channels, mix: !separate, brokenIsSilent: container === 'adts' });
  }
}
