import { type PcmFormat, TributaryError } from '@tributary/shared';
import { parseFmtChunk } from './wav-fmt.js';

/** What a WAV header says of the bytes behind it. */
export interface WavHeader {
  format: PcmFormat;
  /** Bytes from the beginning of the file to the first sample. */
  dataOffset: number;
  /** Declared bytes of samples; null when the writer did not know (0 or 0xFFFFFFFF). */
  dataBytes: number | null;
}

/** A header that has not reached its samples by here is none. */
const MAX_HEADER_BYTES = 65_536;
const RIFF_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
const UNKNOWN_BYTES = 0xffff_ffff;

/**
 * Whether bytes begin as a WAV file does: `RIFF`, four bytes of length, `WAVE`.
 * Null when they are too few to tell.
 */
export function startsAsWav(bytes: Uint8Array): boolean | null {
  for (let i = 0; i < Math.min(bytes.length, RIFF_HEADER_BYTES); i++) {
    if (i >= 4 && i < 8) continue;
    if (bytes[i] !== 'RIFF____WAVE'.charCodeAt(i)) return false;
  }
  return bytes.length >= RIFF_HEADER_BYTES ? true : null;
}

/**
 * Reads the header of a WAV file from the bytes received so far; null when more are needed. Chunks between
 * `fmt ` and `data` are skipped. Throws `unsupported_audio` for anything that is no sound WAV header.
 */
export function parseWavHeader(bytes: Uint8Array): WavHeader | null {
  const starts = startsAsWav(bytes);
  if (starts === null) return null;
  if (!starts) throw new TributaryError('unsupported_audio', 'not a WAV file');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let format: PcmFormat | null = null;
  let at = RIFF_HEADER_BYTES;
  for (;;) {
    if (at + CHUNK_HEADER_BYTES > MAX_HEADER_BYTES) {
      throw new TributaryError('unsupported_audio', 'the WAV header is larger than 64 KiB');
    }
    if (at + CHUNK_HEADER_BYTES > bytes.length) return null;
    const id = view.getUint32(at);
    const size = view.getUint32(at + 4, true);
    const body = at + CHUNK_HEADER_BYTES;
    if (id === DATA) {
      if (format === null) throw new TributaryError('unsupported_audio', 'WAV data without a format');
      const dataBytes = size === 0 || size === UNKNOWN_BYTES ? null : size;
      return { format, dataOffset: body, dataBytes };
    }
    const end = body + size + (size & 1);
    if (end > MAX_HEADER_BYTES) {
      throw new TributaryError('unsupported_audio', 'the WAV header is larger than 64 KiB');
    }
    if (end > bytes.length) return null;
    if (id === FMT) format = parseFmtChunk(new DataView(view.buffer, view.byteOffset + body, size));
    at = end;
  }
}

const DATA = 0x64617461;
const FMT = 0x666d7420;

/**
 * True when the bytes are a WAV file with all of its samples: the data chunk ends within them, and what is
 * behind it is at most a pad byte and further RIFF chunks. False for a header that promises more than is
 * there, that does not say how much, or that is no sound header at all.
 */
export function isCompleteWav(bytes: Uint8Array): boolean {
  let header: WavHeader | null;
  try {
    header = startsAsWav(bytes) ? parseWavHeader(bytes) : null;
  } catch {
    return false;
  }
  if (header === null || header.dataBytes === null) return false;
  const end = header.dataOffset + header.dataBytes;
  return end <= bytes.length && isTrailer(bytes.subarray(end), 1);
}

/**
 * Whether `bytes`, found right behind the declared samples, are the rest of the file rather than more audio
 * that the header did not count: nothing to speak of, or a RIFF chunk such as `LIST` or `id3 `, which begins
 * after at most `slackBytes` (a pad byte, the fraction of a frame).
 */
export function isTrailer(bytes: Uint8Array, slackBytes: number): boolean {
  if (bytes.length < CHUNK_HEADER_BYTES) return true;
  for (let at = 0; at <= slackBytes && at + CHUNK_HEADER_BYTES <= bytes.length; at++) {
    const isId = bytes.subarray(at, at + 4).every(isIdByte);
    if (isId && bytes[at + 7] === 0) return true;
  }
  return false;
}

function isIdByte(byte: number): boolean {
  const isLetter = (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
  const isDigit = byte >= 0x30 && byte <= 0x39;
  return isLetter || isDigit || byte === 0x20 || byte === 0x5f || byte === 0x2d;
}
