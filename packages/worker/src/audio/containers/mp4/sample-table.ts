import { undecodable } from '../../codecs/wasm-exports.js';
import { boxAt, Fields } from './boxes.js';
import { MAX_PACKETS, PacketList } from './packet-list.js';

/** Version and flags, before the fields of most boxes. */
const FULL_BOX_BYTES = 4;

/** Where the packets of a track lie, in bytes from the file's beginning, as its `stbl` says (ISO 14496-12, 8.5 to 8.7). */
export function packetsOf(table: Uint8Array): PacketList {
  const packets = new PacketList();
  const sizes = sizesOf(table);
  const perChunk = [...packetsPerChunk(table)];
  let packet = 0;
  let run = -1;
  let chunk = 0;
  for (const offset of chunkOffsets(table)) {
    chunk += 1;
    if (perChunk[run + 1]?.firstChunk === chunk) run += 1;
    let at = offset;
    const end = Math.min(sizes.length, packet + (perChunk[run]?.packets ?? 0));
    for (; packet < end; packet++) {
      packets.add(at, sizes[packet]!);
      at += sizes[packet]!;
    }
  }
  return packets;
}

function sizesOf(table: Uint8Array): ArrayLike<number> {
  const fields = new Fields(required(table, 'stsz'), FULL_BOX_BYTES);
  const size = fields.u32();
  const count = fields.u32();
  if (count > MAX_PACKETS) throw undecodable('an MP4 index of more than 524,288 packets');
  return Uint32Array.from({ length: count }, () => (size === 0 ? fields.u32() : size));
}

function* packetsPerChunk(table: Uint8Array): Generator<{ firstChunk: number; packets: number }> {
  const fields = new Fields(required(table, 'stsc'), FULL_BOX_BYTES);
  for (let left = fields.u32(); left > 0; left--) {
    yield { firstChunk: fields.u32(), packets: fields.u32() };
    fields.skip(4);
  }
}

function* chunkOffsets(table: Uint8Array): Generator<number> {
  const short = boxAt(table, ['stco']);
  const fields = new Fields(short ?? required(table, 'co64'), FULL_BOX_BYTES);
  for (let left = fields.u32(); left > 0; left--) yield short === null ? fields.u64() : fields.u32();
}

function required(table: Uint8Array, type: string): Uint8Array {
  const box = boxAt(table, [type]);
  if (box === null) throw undecodable(`MP4 without ${type}`);
  return box;
}
