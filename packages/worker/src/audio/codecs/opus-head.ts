import { undecodable } from './wasm-exports.js';

/** What an Opus stream says of itself (RFC 7845, section 5.1). */
export interface OpusHead {
  channels: number;
  /** Frames of 48 kHz at the beginning that are not meant to be heard. */
  preSkip: number;
  /** Factor that every sample is to be multiplied with. */
  gain: number;
}

const MIN_BYTES = 19;

/** Reads an `OpusHead`; throws `unsupported_audio` for what is none, and for more than two channels. */
export function parseOpusHead(bytes: Uint8Array): OpusHead {
  if (!isOpusHead(bytes) || bytes.length < MIN_BYTES) throw undecodable('not an Opus header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const channels = view.getUint8(9);
  if (view.getUint8(8) >> 4 !== 0) throw undecodable('an Opus header of an unknown version');
  if (channels < 1 || channels > 2) throw undecodable(`Opus with ${channels} channels`);
  return {
    channels,
    preSkip: view.getUint16(10, true),
    gain: 10 ** (view.getInt16(16, true) / 256 / 20),
  };
}

export function isOpusHead(bytes: Uint8Array): boolean {
  return [...'OpusHead'].every((letter, i) => bytes[i] === letter.charCodeAt(0));
}
