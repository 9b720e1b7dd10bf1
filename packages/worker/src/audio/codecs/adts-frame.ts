import { type AacConfig, aacConfig, aacRateHz } from './aac-config.js';

/** What the bytes before every frame of an ADTS stream say (ISO 13818-7, 6.2). */
export interface AdtsFrameHeader {
  /** Bytes of the frame, the header's included. */
  bytes: number;
  /** Of the header, and the checksum where there is one. */
  headerBytes: number;
  rateHz: number;
  objectType: number;
  channels: number;
  /** Packets in the frame; more than one is rare. */
  packets: number;
}

export const ADTS_HEADER_BYTES = 7;
const CHECKSUM_BYTES = 2;

/** Reads the header at `at`; null when there is none, or too few bytes of it. */
export function adtsFrameHeader(bytes: Uint8Array, at = 0): AdtsFrameHeader | null {
  if (at + ADTS_HEADER_BYTES > bytes.length) return null;
  if (bytes[at] !== 0xff || (bytes[at + 1]! & 0xf6) !== 0xf0) return null;
  const flags = bytes[at + 2]!;
  const rateHz = aacRateHz((flags >> 2) & 15);
  const length = ((bytes[at + 3]! & 3) << 11) | (bytes[at + 4]! << 3) | (bytes[at + 5]! >> 5);
  const headerBytes = ADTS_HEADER_BYTES + ((bytes[at + 1]! & 1) === 1 ? 0 : CHECKSUM_BYTES);
  if (rateHz === undefined || length <= headerBytes) return null;
  return {
    bytes: length,
    headerBytes,
    rateHz,
    objectType: (flags >> 6) + 1,
    channels: ((flags & 1) << 2) | (bytes[at + 3]! >> 6),
    packets: (bytes[at + 6]! & 3) + 1,
  };
}

/** Throws `unsupported_audio` when frames of this kind are not decoded. */
export function adtsConfig({ objectType, rateHz, channels }: AdtsFrameHeader): AacConfig {
  return aacConfig(objectType, rateHz, channels);
}
