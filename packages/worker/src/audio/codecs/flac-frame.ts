/** What stands before every FLAC frame (RFC 9639, section 9.1). */
export interface FlacFrameHeader {
  /** Samples of each channel. */
  frames: number;
  /** 0: as the stream's header says. */
  rateHz: number;
}

/** No header is longer. */
export const MAX_FLAC_HEADER_BYTES = 16;

const RATES_HZ = [0, 88_200, 176_400, 192_000, 8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000];

/**
 * Reads the frame header at `at` if there is a sound one, its checksum included; false if there is none, null when
 * too few bytes are there to tell.
 */
export function flacFrameHeader(bytes: Uint8Array, at = 0): FlacFrameHeader | false | null {
  if (at + 4 > bytes.length) return couldBegin(bytes, at) ? null : false;
  if (!couldBegin(bytes, at)) return false;
  const sizeCode = bytes[at + 2]! >> 4;
  const rateCode = bytes[at + 2]! & 0x0f;
  const channelCode = bytes[at + 3]! >> 4;
  const depthCode = (bytes[at + 3]! >> 1) & 7;
  if (
    sizeCode === 0 ||
    rateCode === 15 ||
    channelCode > 10 ||
    depthCode === 3 ||
    (bytes[at + 3]! & 1) === 1
  ) {
    return false;
  }
  let next = at + 4;
  const first = bytes[next];
  if (first === undefined) return null;
  // The frame's or sample's number, coded as UTF-8 would: as many ones at the front as it has bytes.
  const ones = Math.clz32(~(first << 24));
  if (ones === 1 || ones > 7) return false;
  next += Math.max(1, ones);
  const sizeBytes = sizeCode === 6 ? 1 : sizeCode === 7 ? 2 : 0;
  const rateBytes = rateCode === 12 ? 1 : rateCode > 12 ? 2 : 0;
  const end = next + sizeBytes + rateBytes;
  if (end >= bytes.length) return null;
  if (crc8(bytes, at, end) !== bytes[end]) return false;
  const rateAt = next + sizeBytes;
  return {
    frames: blockFrames(sizeCode, sizeBytes === 0 ? 0 : bigEndian(bytes, next, sizeBytes)),
    rateHz: rateCode < 12 ? RATES_HZ[rateCode]! : bigEndian(bytes, rateAt, rateBytes) * RATE_UNIT[rateCode]!,
  };
}

const RATE_UNIT: Readonly<Record<number, number>> = { 12: 1_000, 13: 1, 14: 10 };

/** The sync code, as far as there are bytes of it. */
function couldBegin(bytes: Uint8Array, at: number): boolean {
  const second = bytes[at + 1];
  return bytes[at] === 0xff && (second === undefined || (second & 0xfe) === 0xf8);
}

function blockFrames(code: number, written: number): number {
  if (code === 1) return 192;
  if (code < 6) return 576 << (code - 2);
  return code < 8 ? written + 1 : 256 << (code - 8);
}

function bigEndian(bytes: Uint8Array, at: number, count: number): number {
  return count === 1 ? bytes[at]! : bytes[at]! * 256 + bytes[at + 1]!;
}

/** Polynomial x^8 + x^2 + x + 1. */
const CRC8 = table(8, 0x07);
/** Polynomial x^16 + x^15 + x^2 + 1. */
const CRC16 = table(16, 0x8005);

function crc8(bytes: Uint8Array, from: number, to: number): number {
  let crc = 0;
  for (let i = from; i < to; i++) crc = CRC8[crc ^ bytes[i]!]!;
  return crc;
}

/** The checksum of a frame goes on over the bytes [from, to); over a whole frame, its own included, it is 0. */
export function flacCrc16(crc: number, byte: number): number {
  return ((crc << 8) & 0xffff) ^ CRC16[(crc >> 8) ^ byte]!;
}

function table(bits: number, polynomial: number): Uint16Array {
  const top = 1 << (bits - 1);
  const mask = (1 << bits) - 1;
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    let crc = byte << (bits - 8);
    for (let i = 0; i < 8; i++) crc = ((crc << 1) ^ (crc & top ? polynomial : 0)) & mask;
    return crc;
  });
}
