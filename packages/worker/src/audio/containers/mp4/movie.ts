import type { CodedFormat } from '@tributary/shared';
import { undecodable } from '../../codecs/wasm-exports.js';
import { boxAt, boxesIn, Fields, typeAt } from './boxes.js';
import type { PacketList } from './packet-list.js';
import { parseSampleEntry } from './sample-entry.js';
import { packetsOf } from './sample-table.js';

/** What a `moov` says of the first audio track. */
export interface Movie {
  format: CodedFormat;
  /** Where its packets lie, in bytes from the file's beginning; null where fragments will say it. */
  packets: PacketList | null;
}

/** Reads a `moov` (ISO 14496-12, 8.2). Throws `unsupported_audio`. */
export function parseMovie(moov: Uint8Array): Movie {
  const boxes = boxesIn(moov);
  const track = boxes.find(({ type, body }) => type === 'trak' && isAudio(body))?.body;
  if (track === undefined) throw undecodable('MP4 without audio');
  const id = trackId(track);
  const table = boxAt(track, ['mdia', 'minf', 'stbl']);
  const stsd = table === null ? null : boxAt(table, ['stsd']);
  if (table === null || stsd === null) throw undecodable('MP4 without a description of its audio');
  const fragments = boxes.find(({ type }) => type === 'mvex')?.body ?? null;
  const packetBytes = fragments === null ? 0 : defaultBytes(fragments, id);
  const format: CodedFormat = {
    container: 'mp4',
    ...parseSampleEntry(stsd),
    track: id,
    ...(packetBytes === 0 ? {} : { packetBytes }),
  };
  return { format, packets: fragments === null ? packetsOf(table) : null };
}

function isAudio(track: Uint8Array): boolean {
  const handler = boxAt(track, ['mdia', 'hdlr']);
  return handler !== null && typeAt(handler, 8) === 'soun';
}

function trackId(track: Uint8Array): number {
  const header = boxAt(track, ['tkhd']);
  if (header === null) throw undecodable('MP4 without a track header');
  return new Fields(header, header[0] === 1 ? 20 : 12).u32();
}

/** Bytes of the packets of fragments that do not say it; 0 for none. */
function defaultBytes(mvex: Uint8Array, track: number): number {
  for (const { type, body } of boxesIn(mvex)) {
    const fields = new Fields(body, 4);
    if (type !== 'trex' || fields.u32() !== track) continue;
    fields.skip(8);
    return fields.u32();
  }
  return 0;
}
