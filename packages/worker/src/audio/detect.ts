import { type CodedFormat, TributaryError } from '@tributary/shared';
import { adtsFrameHeader } from './codecs/adts-frame.js';
import { mpegFrameHeader } from './codecs/mpeg-frame.js';
import { startsAsWav } from './wav-header.js';

export type Detected = 'wav' | 'raw' | CodedFormat['container'];

/** First bytes of what can be decoded, WAV apart, or those at `at`. */
const DECODED: readonly { kind: CodedFormat['container']; magic: string; at?: number }[] = [
  { kind: 'webm', magic: '\x1a\x45\xdf\xa3' },
  { kind: 'ogg', magic: 'OggS' },
  { kind: 'flac', magic: 'fLaC' },
  { kind: 'mp3', magic: 'ID3\x02' },
  { kind: 'mp3', magic: 'ID3\x03' },
  { kind: 'mp3', magic: 'ID3\x04' },
  { kind: 'mp4', magic: 'ftyp', at: 4 },
];

/** First bytes of what is certainly no headerless audio. */
const REFUSED: readonly { name: string; magic: string }[] = [
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
/** Frames of MP3 or AAC that must follow one another, and bytes of each that are looked at. */
const MIN_FRAMES = 3;
const FRAME_HEADER_BYTES = 7;
/** This many printable characters in a row, and nothing else, are text. */
const MIN_TEXT_BYTES = 16;
const TEXT_LOOKED_AT_BYTES = 1_024;
/** `{"` alone may be a sample; followed by this many printable characters in all it is JSON. */
const MIN_JSON_BYTES = 8;

/**
 * Says from a stream's first bytes what it is; `more` when they are too few to tell. Throws `unsupported_audio` for
 * containers this release cannot decode and for what is no audio. The sync of MP3 and AAC frames is common in
 * headerless samples, so two more frames must follow where the first one ends.
 */
export function detect(bytes: Uint8Array): 'more' | Detected {
  if (bytes.length < MIN_BYTES) return 'more';
  const wav = startsAsWav(bytes);
  if (wav !== false) return wav ? 'wav' : 'more';
  let undecided = false;
  for (const { kind, magic, at = 0 } of DECODED) {
    const match = matches(bytes, magic, at);
    if (match) return kind;
    // A box length below 64 KiB begins with two zero bytes; only then is it worth waiting for `ftyp`.
    if (match === null && at > 0 && bytes[0] === 0 && bytes[1] === 0) undecided = true;
  }
  for (const { name, magic } of REFUSED) {
    const match = matches(bytes, magic, 0);
    if (match) throw new TributaryError('unsupported_audio', `this looks like ${name}`);
    if (match === null) undecided = true;
  }
  if (beginsWith(bytes, 'RIFF')) throw new TributaryError('unsupported_audio', 'RIFF, but not WAVE');
  if (beginsWith(bytes, '{"')) {
    if (bytes.length < MIN_JSON_BYTES) return 'more';
    if (isText(bytes.subarray(0, MIN_JSON_BYTES))) {
      throw new TributaryError('unsupported_audio', 'this looks like JSON');
    }
  }
  if (undecided) return 'more';
  const mp3 = follows(bytes, (at) => mpegFrameHeader(bytes, at)?.bytes ?? 0);
  if (mp3 !== false) return mp3 ? 'mp3' : 'more';
  const adts = follows(bytes, (at) => adtsFrameHeader(bytes, at)?.bytes ?? 0);
  if (adts !== false) return adts ? 'adts' : 'more';
  if (bytes.length >= MIN_TEXT_BYTES && isText(bytes.subarray(0, TEXT_LOOKED_AT_BYTES))) {
    throw new TributaryError('unsupported_audio', 'this looks like text');
  }
  return 'raw';
}

/** Whether a file of any kind that can be decoded begins here, rather than more of what came before. */
export function beginsRecording(bytes: Uint8Array): boolean {
  const kind = detect(bytes);
  return kind !== 'raw' && kind !== 'more';
}

/** Whether frames stand one behind the other; null when bytes are missing to tell. `length` is 0 where there is none. */
function follows(bytes: Uint8Array, length: (at: number) => number): boolean | null {
  let at = 0;
  for (let frame = 0; frame < MIN_FRAMES; frame++) {
    if (at < bytes.length && bytes[at] !== 0xff) return false;
    if (at + FRAME_HEADER_BYTES > bytes.length) return null;
    const frameBytes = length(at);
    if (frameBytes === 0) return false;
    at += frameBytes;
  }
  return true;
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
