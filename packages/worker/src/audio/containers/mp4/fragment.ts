import { undecodable } from '../../codecs/wasm-exports.js';
import { boxAt, boxesIn, Fields } from './boxes.js';
import { MAX_PACKETS, PacketList } from './packet-list.js';

/** Flags of `tfhd`. */
const BASE_OFFSET = 0x01;
const DESCRIPTION = 0x02;
const DURATION = 0x08;
const BYTES = 0x10;
/** Flags of `trun`. */
const RUN_OFFSET = 0x001;
const FIRST_FLAGS = 0x004;
const PACKET_DURATION = 0x100;
const PACKET_BYTES = 0x200;
const PACKET_FLAGS = 0x400;
const PACKET_TIME = 0x800;

export interface FragmentOptions {
  track: number;
  /** Bytes of packets whose number is said nowhere; 0 where that may not be. */
  packetBytes: number;
  /** Bytes of the `moof` with its header. */
  moofBytes: number;
}

/**
 * Where the packets of a track lie that a `moof` describes (ISO 14496-12, 8.8), in bytes from its beginning. A base offset that
 * is given is taken to be that beginning, as every writer has it: where the file began is not known after a restart.
 */
export function packetsOfFragment(moof: Uint8Array, options: FragmentOptions): PacketList {
  const packets = new PacketList();
  for (const { type, body } of boxesIn(moof)) {
    if (type !== 'traf') continue;
    const header = boxAt(body, ['tfhd']);
    if (header === null) throw undecodable('an MP4 fragment without a header');
    const fields = new Fields(header);
    const flags = fields.u32() & 0xffffff;
    if (fields.u32() !== options.track) continue;
    if ((flags & BASE_OFFSET) !== 0) fields.skip(8);
    if ((flags & DESCRIPTION) !== 0) fields.skip(4);
    if ((flags & DURATION) !== 0) fields.skip(4);
    const packetBytes = (flags & BYTES) === 0 ? options.packetBytes : fields.u32();
    let at = options.moofBytes + 8;
    for (const run of boxesIn(body)) {
      if (run.type === 'trun') at = addRun(packets, run.body, at, packetBytes);
    }
  }
  return packets;
}

/** Adds the packets of a `trun`; returns where they end. */
function addRun(packets: PacketList, run: Uint8Array, behind: number, defaultBytes: number): number {
  const fields = new Fields(run);
  const flags = fields.u32() & 0xffffff;
  const count = fields.u32();
  if (count > MAX_PACKETS) throw undecodable('an MP4 fragment of more than 524,288 packets');
  let at = (flags & RUN_OFFSET) === 0 ? behind : fields.i32();
  if ((flags & FIRST_FLAGS) !== 0) fields.skip(4);
  for (let packet = 0; packet < count; packet++) {
    if ((flags & PACKET_DURATION) !== 0) fields.skip(4);
    const bytes = (flags & PACKET_BYTES) === 0 ? defaultBytes : fields.u32();
    if ((flags & PACKET_FLAGS) !== 0) fields.skip(4);
    if ((flags & PACKET_TIME) !== 0) fields.skip(4);
    packets.add(at, bytes);
    at += bytes;
  }
  return at;
}
