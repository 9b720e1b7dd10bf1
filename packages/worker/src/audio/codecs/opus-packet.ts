import { undecodable } from './wasm-exports.js';

/** Frames of 48 kHz of one Opus frame, by the configuration in the packet's first byte (RFC 6716, table 2). */
const FRAME_48K = [
  ...Array(3).fill([480, 960, 1_920, 2_880]).flat(),
  ...Array(2).fill([480, 960]).flat(),
  ...Array(4).fill([120, 240, 480, 960]).flat(),
] as readonly number[];
/** No packet lasts longer than 120 ms. */
const MAX_PACKET_48K = 5_760;

/** Frames of 48 kHz in an Opus packet (RFC 6716, section 3.1). Throws `unsupported_audio` when it has none. */
export function opusPacketFrames(packet: Uint8Array): number {
  const toc = packet[0];
  if (toc === undefined) throw undecodable('an empty Opus packet');
  const code = toc & 3;
  const count = code === 0 ? 1 : code < 3 ? 2 : (packet[1] ?? 0) & 0x3f;
  const frames = count * FRAME_48K[toc >> 3]!;
  if (frames === 0 || frames > MAX_PACKET_48K) throw undecodable('a broken Opus packet');
  return frames;
}
