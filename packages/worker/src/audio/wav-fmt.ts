import { type PcmFormat, TributaryError } from '@tributary/shared';

type Encoding = PcmFormat['encoding'];

/** Encodings of the format tags this server knows, by bits per sample. */
const ENCODINGS: Readonly<Record<number, Readonly<Record<number, Encoding>>>> = {
  1: { 8: 'u8', 16: 's16le', 24: 's24le', 32: 's32le' },
  3: { 32: 'f32le', 64: 'f64le' },
  6: { 8: 'alaw' },
  7: { 8: 'mulaw' },
};

const EXTENSIBLE = 0xfffe;
const MIN_BYTES = 16;
const EXTENSIBLE_BYTES = 40;
/** The 14 bytes that follow the format tag in every sub-format GUID of WAVE_FORMAT_EXTENSIBLE. */
const GUID_TAIL = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

const MAX_CHANNELS = 8;
const MIN_RATE_HZ = 4_000;
const MAX_RATE_HZ = 192_000;

/** Reads the body of a `fmt ` chunk; throws `unsupported_audio` when it is absurd or of an unknown kind, or `too_many_channels`. */
export function parseFmtChunk(fmt: DataView): PcmFormat {
  check(fmt.byteLength >= MIN_BYTES, 'the WAV format is cut short');
  const channels = fmt.getUint16(2, true);
  const sampleRateHz = fmt.getUint32(4, true);
  const blockAlign = fmt.getUint16(12, true);
  const bits = fmt.getUint16(14, true);
  const tag = formatTag(fmt);
  const encoding = ENCODINGS[tag]?.[bits];
  check(channels >= 1, 'no channels');
  if (channels > MAX_CHANNELS) throw new TributaryError('too_many_channels', `${channels}`);
  check(sampleRateHz >= MIN_RATE_HZ && sampleRateHz <= MAX_RATE_HZ, `${sampleRateHz} samples a second`);
  if (encoding === undefined) {
    throw new TributaryError('unsupported_audio', `WAV format ${tag} with ${bits} bits`);
  }
  check(blockAlign === (channels * bits) / 8, `WAV frames of ${blockAlign} bytes`);
  return { container: 'wav', encoding, sampleRateHz, channels };
}

/** The format tag, looked up in the sub-format where the chunk is of the extensible kind. */
function formatTag(fmt: DataView): number {
  const tag = fmt.getUint16(0, true);
  if (tag !== EXTENSIBLE) return tag;
  check(fmt.byteLength >= EXTENSIBLE_BYTES, 'the WAV format is cut short');
  check(
    GUID_TAIL.every((byte, i) => fmt.getUint8(26 + i) === byte),
    'unknown WAV sub-format',
  );
  return fmt.getUint16(24, true);
}

function check(ok: boolean, detail: string): void {
  if (!ok) throw new TributaryError('unsupported_audio', detail);
}
