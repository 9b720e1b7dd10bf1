import { TributaryError } from '@tributary/shared';
import { startsAsWav } from './wav-header.js';

/** First bytes of what is certainly no headerless audio: each part a text of bytes and where it stands. */
const KNOWN: readonly { name: string; magic: string; at?: number }[] = [
  { name: 'WebM or Matroska', magic: '\x1a\x45\xdf\xa3' },
  { name: 'Ogg', magic: 'OggS' },
  { name: 'FLAC', magic: 'fLaC' },
  { name: 'MP3 with ID3', magic: 'ID3\x02' },
  { name: 'MP3 with ID3', magic: 'ID3\x03' },
  { name: 'MP3 with ID3', magic: 'ID3\x04' },
  { name: 'MP4', magic: 'ftyp', at: 4 },
  { name: 'RF64', magic: 'RF64' },
  { name: 'big-endian RIFX', magic: 'RIFX' },
  { name: 'a PNG picture', magic: '\x89PNG' },
  { name: 'a JPEG picture', magic: '\xff\xd8\xff\xe0' },
  { name: 'a JPEG picture', magic: '\xff\xd8\xff\xe1' },
  { name: 'a JPEG picture', magic: '\xff\xd8\xff\xdb' },
  { name: 'a JPEG picture', magic: '\xff\xd8\xff\xee' },
  { name: 'a GIF picture', magic: 'GIF8' },
  { name: 'a PDF document', magic: '%PDF' },
  { name: 'a ZIP archive', magic: 'PK\x03\x04' },
  { name: 'gzip', magic: '\x1f\x8b\x08\x00' },
  { name: 'gzip', magic: '\x1f\x8b\x08\x08' },
  { name: 'a program', magic: '\x7fELF' },
  { name: 'HTML', magic: '<!DOCTYPE' },
  { name: 'HTML', magic: '<!doctype' },
  { name: 'HTML', magic: '<html' },
];

const MIN_BYTES = 4;
/** This many printable characters in a row, and nothing else, are text. */
const MIN_TEXT_BYTES = 16;
const TEXT_LOOKED_AT_BYTES = 1_024;
/** `{"` alone may be a sample; followed by this many printable characters in all it is JSON. */
const MIN_JSON_BYTES = 8;

/**
 * Says from a stream's first bytes whether it is a WAV file or headerless samples; `more` when they are too
 * few to tell. Throws `unsupported_audio` for containers this release cannot decode and for what is no audio.
 * MP3 without ID3 is not looked for: its two bytes of frame sync are common in headerless samples.
 */
export function detect(bytes: Uint8Array): 'more' | 'wav' | 'raw' {
  if (bytes.length < MIN_BYTES) return 'more';
  const wav = startsAsWav(bytes);
  if (wav !== false) return wav ? 'wav' : 'more';
  let undecided = false;
  for (const { name, magic, at = 0 } of KNOWN) {
    const match = matches(bytes, magic, at);
    if (match) throw new TributaryError('unsupported_audio', `this looks like ${name}`);
    // A box length below 64 KiB begins with two zero bytes; only then is it worth waiting for `ftyp`.
    if (match === null && (at === 0 || (bytes[0] === 0 && bytes[1] === 0))) undecided = true;
  }
  if (beginsWith(bytes, 'RIFF')) throw new TributaryError('unsupported_audio', 'RIFF, but not WAVE');
  if (beginsWith(bytes, '{"')) {
    if (bytes.length < MIN_JSON_BYTES) return 'more';
    if (isText(bytes.subarray(0, MIN_JSON_BYTES))) {
      throw new TributaryError('unsupported_audio', 'this looks like JSON');
    }
  }
  if (undecided) return 'more';
  if (bytes.length >= MIN_TEXT_BYTES && isText(bytes.subarray(0, TEXT_LOOKED_AT_BYTES))) {
    throw new TributaryError('unsupported_audio', 'this looks like text');
  }
  return 'raw';
}

/** True or false as soon as that is certain; null while all bytes so far agree but some are missing. */
function matches(bytes: Uint8Array, magic: string, at: number): boolean | null {
  for (let i = 0; i < magic.length; i++) {
    if (at + i >= bytes.length) return null;
    if (bytes[at + i] !== magic.charCodeAt(i)) return false;
  }
  return true;
}

function beginsWith(bytes: Uint8Array, magic: string): boolean {
  return matches(bytes, magic, 0) === true;
}

/** Printable ASCII, tabs and line ends only. */
function isText(bytes: Uint8Array): boolean {
  return bytes.every((byte) => (byte >= 0x20 && byte <= 0x7e) || byte === 9 || byte === 10 || byte === 13);
}
