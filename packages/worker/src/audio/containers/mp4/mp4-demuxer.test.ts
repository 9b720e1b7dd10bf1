import { describe, expect, it } from 'vitest';
import { parseAudioSpecificConfig } from '../../codecs/aac-config.js';
import { encoded } from '../../fixtures/encoded.js';
import type { Part } from '../demuxer.js';
import { MAX_HELD_BYTES, Mp4Demuxer } from './mp4-demuxer.js';

const refused = (message: string) =>
  expect.objectContaining({ code: 'unsupported_audio', detail: expect.stringContaining(message) });

function box(type: string, ...parts: (Uint8Array | string)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part as string, 'latin1')));
  const header = Buffer.alloc(8, type, 'latin1');
  header.writeUInt32BE(8 + body.length, 0);
  header.write(type, 4, 'latin1');
  return Buffer.concat([header, body]);
}

function u32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, 4 * i);
  return bytes;
}

const FTYP = box('ftyp', 'M4A ', u32(0));
/** The `moov` of a real file in fragments: track 1, AAC, 48 kHz. */
const MOOV = boxOf(encoded('MP4 in fragments'), 'moov');

/** The first box of a type in a file, with its header. */
function boxOf(file: Uint8Array, type: string): Buffer {
  const bytes = Buffer.from(file);
  for (let at = 0; at < bytes.length; at += bytes.readUInt32BE(at)) {
    if (bytes.toString('latin1', at + 4, at + 8) === type)
      return bytes.subarray(at, at + bytes.readUInt32BE(at));
  }
  throw new RangeError(`no ${type}`);
}

function parts(...chunks: Uint8Array[]): Part[] {
  const demuxer = new Mp4Demuxer(null);
  const found: Part[] = [];
  for (const [chunk, bytes] of chunks.entries()) {
    demuxer.append({ chunk, byte: 0, bytes });
    for (let part = demuxer.next(); part !== null; part = demuxer.next()) found.push(part);
  }
  expect(demuxer.end()).toBeNull();
  return found;
}

const packets = (found: Part[]): string[] =>
  found.flatMap((part) => (part.kind === 'packet' ? [Buffer.from(part.bytes).toString('latin1')] : []));

/** A fragment of track 1 whose packets lie in the `mdat` behind it. */
function fragment(
  tfhd: (moofAt: number) => Buffer,
  trun: (dataAt: number) => Buffer,
  data: string,
  moofAt = 0,
): Buffer {
  const moof = (dataAt: number): Buffer =>
    box('moof', box('mfhd', u32(0, 1)), box('traf', box('tfhd', tfhd(moofAt)), box('trun', trun(dataAt))));
  return Buffer.concat([moof(moof(0).length + 8), box('mdat', data)]);
}

describe('Mp4Demuxer', () => {
  it('finds the packets of fragments that give sizes one by one, once for all, and by an offset from the file', () => {
    const each = fragment(
      () => u32(0x020000, 1),
      (dataAt) => u32(0x201, 3, dataAt, 2, 0, 3),
      'aabbb',
    );
    const forAll = fragment(
      () => u32(0x020010, 1, 2),
      (dataAt) => u32(0x001, 2, dataAt),
      'ccdd and more that belongs to nobody',
    );
    const absolute = fragment(
      (at) => Buffer.concat([u32(0x11, 1, 0, at), u32(1)]),
      (dataAt) => u32(0x001, 2, dataAt),
      'ef',
      FTYP.length + MOOV.length + each.length + forAll.length,
    );
    const file = Buffer.concat([FTYP, MOOV, each, box('free', 'nothing'), forAll, absolute]);
    const found = parts(file);
    expect(packets(found)).toEqual(['aa', 'bbb', 'cc', 'dd', 'e', 'f']);
    expect(packets(parts(...Array.from(file, (byte) => Uint8Array.of(byte))))).toEqual(packets(found));
    // The first packet of a fragment is where a decoder can begin.
    const places = found.map(({ place }) => place?.byte ?? null);
    const second = FTYP.length + MOOV.length;
    const third = second + each.length + box('free', 'nothing').length;
    expect(places).toEqual([0, second, null, third, null, third + forAll.length, null]);
  });

  it('passes over packets of other tracks', () => {
    const other = fragment(
      () => u32(0x020000, 2),
      (dataAt) => u32(0x201, 1, dataAt, 2),
      'xx',
    );
    expect(parts(Buffer.concat([FTYP, MOOV, other]))).toHaveLength(1);
  });

  it('begins in the middle with the first fragment it finds', () => {
    const format = parts(Buffer.concat([FTYP, MOOV]))[0];
    const demuxer = new Mp4Demuxer(format?.kind === 'header' ? format.format : null);
    const whole = fragment(
      () => u32(0x020000, 1),
      (dataAt) => u32(0x201, 1, dataAt, 2),
      'aa',
    );
    demuxer.append({ chunk: 7, byte: 3, bytes: Buffer.concat([Buffer.alloc(500, 'moo'), whole]) });
    expect(demuxer.next()).toEqual({
      kind: 'packet',
      bytes: Uint8Array.from(Buffer.from('aa')),
      place: { chunk: 7, byte: 503 },
    });
  });

  it('goes on as before with a movie header whose file has lost its beginning', () => {
    const whole = fragment(
      () => u32(0x020000, 1),
      (dataAt) => u32(0x201, 1, dataAt, 2),
      'aa',
    );
    const found = parts(Buffer.concat([FTYP, MOOV, whole]), Buffer.concat([MOOV, whole]));
    expect(found.map(({ kind }) => kind)).toEqual(['header', 'packet', 'packet']);
    expect(found[2]!.place).toEqual({ chunk: 1, byte: MOOV.length });
    const file = encoded('M4A with its index in front');
    expect(() => parts(file, boxOf(file, 'moov'))).toThrow(refused('not where its index says'));
  });

  it.each([
    ['a file that ends before its index', [FTYP, box('mdat', 'aabb')], 'before its index'],
    [
      'much audio before the index',
      [FTYP, u32(MAX_HELD_BYTES + 1), Buffer.from('mdat')],
      'smaller than 4 MiB',
    ],
    ['a giant index', [FTYP, u32(3_000_000), Buffer.from('moov')], 'index'],
    ['an index without audio', [FTYP, box('moov', box('mvhd', u32(0)))], 'without audio'],
    ['bytes behind a box that are none', [FTYP, MOOV, u32(0, 0, 0)], 'broken MP4 box'],
    [
      'a fragment whose audio lies elsewhere',
      [
        FTYP,
        MOOV,
        fragment(
          () => u32(0x020000, 1),
          (dataAt) => u32(0x201, 1, dataAt, 9),
          'aabb',
        ),
      ],
      'where its index says',
    ],
    [
      'a fragment of four thousand million packets',
      [
        FTYP,
        MOOV,
        fragment(
          () => u32(0x020010, 1, 1),
          (dataAt) => u32(1, 0xffff_ffff, dataAt),
          'aabb',
        ),
      ],
      'packets',
    ],
  ])('refuses %s', (_, boxes, message) => {
    expect(() => parts(Buffer.concat(boxes))).toThrow(refused(message));
  });
});

describe('parseAudioSpecificConfig', () => {
  it.each([
    ['AAC-LC, 44.1 kHz, stereo', [0x12, 0x10], { rateHz: 44_100, channels: 2 }],
    ['AAC-LC with what may be SBR behind', [0x13, 0x88, 0x56, 0xe5, 0xa0], { rateHz: 22_050, channels: 1 }],
    ['HE-AAC, 24 kHz doubled', [0x2b, 0x11, 0x88, 0x00], { rateHz: 24_000, channels: 2 }],
    ['HE-AAC v2', [0xeb, 0x09, 0x88, 0x00], { rateHz: 24_000, channels: 1 }],
  ])('reads %s', (_, bytes, config) => {
    expect(parseAudioSpecificConfig(Uint8Array.from(bytes))).toEqual(config);
  });

  it.each([
    ['AAC Main', [0x0a, 0x10], 'not AAC-LC'],
    ['AAC-ELD', [0xf8, 0xe8, 0x20, 0x00], 'not AAC-LC'],
    ['six channels', [0x11, 0xb0], 'two channels'],
    ['frames of 960 samples', [0x12, 0x14], '960'],
    ['nothing', [], 'cut short'],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => parseAudioSpecificConfig(Uint8Array.from(bytes))).toThrow(refused(message));
  });
});
