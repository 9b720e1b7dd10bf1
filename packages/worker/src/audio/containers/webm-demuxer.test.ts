import type { CodedFormat } from '@tributary/shared';
import { describe, expect, it } from 'vitest';
import { encoded } from '../fixtures/encoded.js';
import { joinBytes } from '../join.js';
import type { Part } from './demuxer.js';
import { WebmDemuxer } from './webm-demuxer.js';

type Packet = Part & { kind: 'packet' };

const VOID = element('ec', Buffer.alloc(3));
const CLUSTER = Buffer.from('1f43b67501ffffffffffffff', 'hex');

function element(id: string, ...body: Uint8Array[]): Buffer {
  const bytes = Buffer.concat(body);
  return Buffer.concat([Buffer.from(id, 'hex'), Buffer.from([0x40, bytes.length]), bytes]);
}

/** A block's own header and a packet; `track` as it is coded. */
function block(packet: string, flags = 0x80, track = '81'): Buffer {
  return Buffer.concat([Buffer.from(track, 'hex'), Buffer.from([0, 0, flags]), Buffer.from(packet)]);
}

const simple = (packet: string, flags?: number, track?: string) => element('a3', block(packet, flags, track));
const group = (packet: string) => element('a0', element('a1', block(packet, 0)), VOID);

/** All before the first cluster of a real file, as if it had a track of another number. */
function head(track: number): Buffer {
  const file = Buffer.from(encoded('WebM of ffmpeg'));
  const bytes = Buffer.from(file.subarray(0, file.indexOf(CLUSTER.subarray(0, 4))));
  const at = bytes.indexOf(Buffer.from('d78101', 'hex'));
  bytes[at + 2] = track;
  return bytes;
}

/** Parts of chunks, from a byte of one of them on. */
function parts(
  chunks: readonly Uint8Array[],
  format: CodedFormat | null,
  from = { chunk: 0, byte: 0 },
): Part[] {
  const demuxer = new WebmDemuxer(format);
  const found: Part[] = [];
  for (const [chunk, bytes] of chunks.entries()) {
    if (chunk < from.chunk) continue;
    const byte = chunk === from.chunk ? from.byte : 0;
    demuxer.append({ chunk, byte, bytes: bytes.subarray(byte) });
    for (let part = demuxer.next(); part !== null; part = demuxer.next()) found.push(part);
  }
  return found;
}

/** The packets of chunks. From the place of each, a demuxer that knows the format finds the same ones. */
function packetsFoundFromAnywhere(chunks: readonly Uint8Array[]): Packet[] {
  const [header, ...packets] = parts(chunks, null);
  if (header?.kind !== 'header') throw new Error('no header');
  for (const [i, { place }] of packets.entries()) {
    if (place !== null) expect(parts(chunks, header.format, place)).toEqual(packets.slice(i));
  }
  return packets as Packet[];
}

const textOf = ({ bytes }: Packet): string => Buffer.from(bytes).toString();
const canBegin = (packets: readonly Packet[]): string[] =>
  packets.filter(({ place }) => place !== null).map(textOf);

describe('WebmDemuxer', () => {
  it('begins with any block, wherever it is cut', () => {
    const blocks = [
      CLUSTER,
      group('one'),
      simple('two'),
      simple('three', 0x88),
      group('four'),
      simple('five'),
    ];
    const file = joinBytes([head(1), ...blocks]);
    const all = ['one', 'two', 'three', 'four', 'five'];
    for (let at = head(1).length; at < file.length; at++) {
      const packets = packetsFoundFromAnywhere([file.subarray(0, at), file.subarray(at)]);
      expect(packets.map(textOf)).toEqual(all);
      expect(canBegin(packets)).toEqual(all);
    }
    const bytewise = packetsFoundFromAnywhere(Array.from(file, (byte) => Uint8Array.of(byte)));
    expect(canBegin(bytewise)).toEqual(all);
  });

  it('begins with the blocks of a track whose number takes two bytes', () => {
    const blocks = [simple('other', 0x80, '81'), simple('one', 0x80, '40c8'), simple('two', 0x80, '40c8')];
    const packets = packetsFoundFromAnywhere([joinBytes([head(200), CLUSTER, ...blocks])]);
    expect(canBegin(packets)).toEqual(['one', 'two']);
  });

  it('lets nobody begin with what would be passed over there as no block', () => {
    const oddGroup = element('a0', VOID, element('a1', block('two', 0)));
    const blocks = [simple('one'), oddGroup, simple('three', 0xf0), simple('four')];
    const packets = packetsFoundFromAnywhere([joinBytes([head(1), CLUSTER, ...blocks])]);
    expect(packets.map(textOf)).toEqual(['one', 'two', 'three', 'four']);
    expect(canBegin(packets)).toEqual(['one', 'four']);
  });

  it('goes on as before with a track header that comes again, or has lost its recording’s beginning', () => {
    const first = joinBytes([head(1), CLUSTER, simple('one')]);
    const tracks = head(1).subarray(head(1).lastIndexOf(Buffer.from('1654ae6b', 'hex')));
    const packets = packetsFoundFromAnywhere([first, joinBytes([tracks, CLUSTER, simple('two')])]);
    expect(packets.map(textOf)).toEqual(['one', 'two']);
    expect(packets[1]!.place).toMatchObject({ chunk: 1 });
  });
});
