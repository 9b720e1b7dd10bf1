/** What the four bytes before every MPEG audio frame say (ISO 11172-3, 2.4.2.3; ISO 13818-3; Layer III only). */
export interface MpegFrameHeader {
  /** Bytes of the frame, these four included. */
  bytes: number;
  rateHz: number;
  channels: number;
  /** Samples of each channel. */
  frames: number;
  /** Where a Xing, Info or VBRI tag stands in a frame that has one instead of sound. */
  tagAt: number;
}

export const MPEG_HEADER_BYTES = 4;

const KBITS_MPEG1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const KBITS_MPEG2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const RATES_HZ = [44_100, 48_000, 32_000];
const MPEG1 = 3;
const MPEG2 = 2;
const MPEG25 = 0;
const LAYER_3 = 1;
const MONO = 3;
/** A VBRI tag stands behind 32 bytes of side information, whatever the frame's own takes. */
const VBRI_AT = MPEG_HEADER_BYTES + 32;

/** Reads the header at `at`; null when there is none, or too few bytes of it. */
export function mpegFrameHeader(bytes: Uint8Array, at = 0): MpegFrameHeader | null {
  if (at + MPEG_HEADER_BYTES > bytes.length) return null;
  if (bytes[at] !== 0xff || (bytes[at + 1]! & 0xe0) !== 0xe0) return null;
  const version = (bytes[at + 1]! >> 3) & 3;
  const layer = (bytes[at + 1]! >> 1) & 3;
  const kbits = (version === MPEG1 ? KBITS_MPEG1 : KBITS_MPEG2)[bytes[at + 2]! >> 4];
  const fullRateHz = RATES_HZ[(bytes[at + 2]! >> 2) & 3];
  if (version === 1 || layer !== LAYER_3 || !kbits || fullRateHz === undefined) return null;
  const rateHz = fullRateHz / { [MPEG1]: 1, [MPEG2]: 2, [MPEG25]: 4 }[version]!;
  const frames = version === MPEG1 ? 1_152 : 576;
  const padding = (bytes[at + 2]! >> 1) & 1;
  const channels = bytes[at + 3]! >> 6 === MONO ? 1 : 2;
  const sideBytes = version === MPEG1 ? (channels === 1 ? 17 : 32) : channels === 1 ? 9 : 17;
  return {
    bytes: Math.floor(((frames / 8) * kbits * 1_000) / rateHz) + padding,
    rateHz,
    channels,
    frames,
    tagAt: MPEG_HEADER_BYTES + sideBytes,
  };
}

/** True for a frame that holds facts about the file (Xing, Info, VBRI) and no sound. */
export function isTagFrame(frame: Uint8Array, header: MpegFrameHeader): boolean {
  return ['Xing', 'Info'].some((tag) => hasText(frame, tag, header.tagAt)) || hasText(frame, 'VBRI', VBRI_AT);
}

function hasText(bytes: Uint8Array, text: string, at: number): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}
