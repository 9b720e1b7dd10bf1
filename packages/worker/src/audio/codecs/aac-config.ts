import { undecodable } from './wasm-exports.js';

/** What an `AudioSpecificConfig` (ISO 14496-3, 1.6.2.1) or an ADTS header says of AAC-LC. */
export interface AacConfig {
  /** Of what is decoded: where SBR would double the rate, the one without it. */
  rateHz: number;
  channels: number;
}

/** Frames of every packet. */
export const AAC_FRAMES = 1_024;
export const AAC_LC = 2;

const RATES_HZ = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
];
const SBR = 5;
const PARAMETRIC_STEREO = 29;
const ESCAPE = 31;
const OWN_RATE = 15;

export function aacRateHz(index: number): number | undefined {
  return RATES_HZ[index];
}

/** Throws `unsupported_audio` for AAC other than LC with one or two channels (HE-AAC is taken for what of it is LC). */
export function aacConfig(objectType: number, rateHz: number | undefined, channels: number): AacConfig {
  if (objectType !== AAC_LC) throw undecodable('AAC that is not AAC-LC or HE-AAC');
  if (rateHz === undefined) throw undecodable('AAC with a sample rate of its own');
  if (channels < 1 || channels > 2) throw undecodable('AAC with more than two channels');
  return { rateHz, channels };
}

/** Reads an `AudioSpecificConfig`. Throws `unsupported_audio`. */
export function parseAudioSpecificConfig(bytes: Uint8Array): AacConfig {
  const bits = new Bits(bytes);
  const objectType = bits.objectType();
  const rateIndex = bits.read(4);
  if (rateIndex === OWN_RATE) bits.read(24);
  const channels = bits.read(4);
  const extended = objectType === SBR || objectType === PARAMETRIC_STEREO;
  if (extended && bits.read(4) === OWN_RATE) bits.read(24);
  const config = aacConfig(extended ? bits.objectType() : objectType, RATES_HZ[rateIndex], channels);
  if (bits.read(1) === 1) throw undecodable('AAC with frames of 960 samples');
  return config;
}

class Bits {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(count: number): number {
    let value = 0;
    for (const end = this.#at + count; this.#at < end; this.#at++) {
      const byte = this.#bytes[this.#at >> 3];
      if (byte === undefined) throw undecodable('the AAC header is cut short');
      value = value * 2 + ((byte >> (7 - (this.#at & 7))) & 1);
    }
    return value;
  }

  objectType(): number {
    const type = this.read(5);
    return type === ESCAPE ? 32 + this.read(6) : type;
  }
}
