import { SAMPLE_RATE_HZ } from '../../../engines/engine.js';
import { parseAudioSpecificConfig } from '../../codecs/aac-config.js';
import { parseOpusHead } from '../../codecs/opus-head.js';
import { undecodable } from '../../codecs/wasm-exports.js';
import { toBase64 } from '../demuxer.js';
import { boxAt, boxesIn, Fields } from './boxes.js';

/** What a track's audio is decoded with. */
export interface SampleEntry {
  encoding: 'aac' | 'opus';
  sampleRateHz: number;
  channels: number;
  init: string;
}

/** Fields of `stsd` before its entries, and of an entry of each QuickTime version before its boxes. */
const STSD_BYTES = 8;
const ENTRY_BYTES = [28, 44, 64];
const VERSION_AT = 8;
const ES_DESCRIPTOR = 3;
const DECODER_CONFIG = 4;
const DECODER_SPECIFIC = 5;
const AAC_TYPES = [0x40, 0x67];

/** Reads the first entry of an `stsd`. Throws `unsupported_audio` for what is neither AAC-LC nor Opus. */
export function parseSampleEntry(stsd: Uint8Array): SampleEntry {
  const [entry] = boxesIn(stsd.subarray(STSD_BYTES));
  if (entry === undefined) throw undecodable('MP4 without a description of its audio');
  const version = new Fields(entry.body, VERSION_AT).u16();
  const boxes = entry.body.subarray(ENTRY_BYTES[version] ?? ENTRY_BYTES[0]);
  if (entry.type === 'Opus') return opusEntry(boxes);
  if (entry.type !== 'mp4a') throw undecodable('MP4 whose audio is neither AAC nor Opus');
  const esds = boxAt(boxes, ['esds']) ?? boxAt(boxes, ['wave', 'esds']);
  if (esds === null) throw undecodable('MP4 without an AAC header');
  const init = decoderSpecific(new Fields(esds, 4));
  const { rateHz, channels } = parseAudioSpecificConfig(init);
  return { encoding: 'aac', sampleRateHz: rateHz, channels, init: toBase64(init) };
}

/** The `DecoderSpecificInfo` within an `ES_Descriptor` (ISO 14496-1, 7.2.6). */
function decoderSpecific(fields: Fields): Uint8Array {
  descriptor(fields, ES_DESCRIPTOR);
  fields.skip(2);
  const flags = fields.u8();
  if ((flags & 0x80) !== 0) fields.skip(2);
  if ((flags & 0x40) !== 0) fields.skip(fields.u8());
  if ((flags & 0x20) !== 0) fields.skip(2);
  descriptor(fields, DECODER_CONFIG);
  if (!AAC_TYPES.includes(fields.u8())) throw undecodable('MP4 whose audio is neither AAC nor Opus');
  fields.skip(12);
  const bytes = descriptor(fields, DECODER_SPECIFIC);
  return Uint8Array.from({ length: Math.min(bytes, fields.left) }, () => fields.u8());
}

/** Reads a descriptor's tag and returns its length: up to four times seven bits. */
function descriptor(fields: Fields, tag: number): number {
  if (fields.u8() !== tag) throw undecodable('a broken AAC header in MP4');
  let bytes = 0;
  for (let i = 0; i < 4; i++) {
    const part = fields.u8();
    bytes = bytes * 128 + (part & 0x7f);
    if (part < 0x80) break;
  }
  return bytes;
}

/** An `OpusHead` from a `dOps` (Opus in ISO Base Media, 4.3.2), which has the same fields with their bytes the other way round. */
function opusEntry(boxes: Uint8Array): SampleEntry {
  const dops = boxAt(boxes, ['dOps']);
  if (dops === null) throw undecodable('MP4 without an Opus header');
  const fields = new Fields(dops);
  fields.skip(1);
  const head = Buffer.alloc(19);
  head.write('OpusHead', 'latin1');
  head.writeUInt8(1, 8);
  head.writeUInt8(fields.u8(), 9);
  head.writeUInt16LE(fields.u16(), 10);
  head.writeUInt32LE(fields.u32(), 12);
  head.writeUInt16LE(fields.u16(), 16);
  head.writeUInt8(fields.u8(), 18);
  const { channels } = parseOpusHead(head);
  return { encoding: 'opus', sampleRateHz: SAMPLE_RATE_HZ, channels, init: toBase64(head) };
}
