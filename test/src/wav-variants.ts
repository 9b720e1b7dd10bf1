/** How the samples of a WAV file are written. */
export interface WavKind {
  readonly name: string;
  readonly tag: 1 | 3 | 6 | 7;
  readonly bits: number;
  write(bytes: Buffer, at: number, value: number): void;
}

const clip = (value: number, most: number): number => Math.max(-most - 1, Math.min(most, Math.round(value)));

export const U8: WavKind = {
  name: '8 bit',
  tag: 1,
  bits: 8,
  write: (bytes, at, value) => void bytes.writeUInt8(clip(value * 128, 127) + 128, at),
};
export const S16: WavKind = {
  name: '16 bit',
  tag: 1,
  bits: 16,
  write: (bytes, at, value) => void bytes.writeInt16LE(clip(value * 32_768, 32_767), at),
};
export const S24: WavKind = {
  name: '24 bit',
  tag: 1,
  bits: 24,
  write: (bytes, at, value) => void bytes.writeIntLE(clip(value * 8_388_608, 8_388_607), at, 3),
};
export const S32: WavKind = {
  name: '32 bit',
  tag: 1,
  bits: 32,
  write: (bytes, at, value) => void bytes.writeInt32LE(clip(value * 2_147_483_648, 2_147_483_647), at),
};
export const F32: WavKind = {
  name: 'float',
  tag: 3,
  bits: 32,
  write: (bytes, at, value) => void bytes.writeFloatLE(value, at),
};
export const F64: WavKind = {
  name: 'double',
  tag: 3,
  bits: 64,
  write: (bytes, at, value) => void bytes.writeDoubleLE(value, at),
};

/** A WAV file of samples in [-1, 1), each channel a copy of them. */
export function encodeWav(mono: Float32Array, kind: WavKind, rateHz: number, channels: number): Buffer {
  const frameBytes = (kind.bits / 8) * channels;
  const dataBytes = mono.length * frameBytes;
  const wav = Buffer.alloc(44 + dataBytes);
  wav.write('RIFF', 0, 'latin1');
  wav.writeUInt32LE(36 + dataBytes, 4);
  wav.write('WAVEfmt ', 8, 'latin1');
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(kind.tag, 20);
  wav.writeUInt16LE(channels, 22);
  wav.writeUInt32LE(rateHz, 24);
  wav.writeUInt32LE(rateHz * frameBytes, 28);
  wav.writeUInt16LE(frameBytes, 32);
  wav.writeUInt16LE(kind.bits, 34);
  wav.write('data', 36, 'latin1');
  wav.writeUInt32LE(dataBytes, 40);
  for (let frame = 0; frame < mono.length; frame++) {
    for (let channel = 0; channel < channels; channel++) {
      kind.write(wav, 44 + frame * frameBytes + (channel * kind.bits) / 8, mono[frame]!);
    }
  }
  return wav;
}

/** 16-bit samples as floats. */
export function floats(pcm: Buffer): Float32Array {
  return Float32Array.from({ length: pcm.length / 2 }, (_, i) => pcm.readInt16LE(i * 2) / 32_768);
}

const SINC_REACH = 16;

/** The same sound at a higher rate: windowed-sinc interpolation. */
export function raiseRate(samples: Float32Array, fromHz: number, toHz: number): Float32Array {
  return Float32Array.from({ length: Math.round((samples.length * toHz) / fromHz) }, (_, i) => {
    const place = (i * fromHz) / toHz;
    const first = Math.floor(place) - SINC_REACH + 1;
    let sum = 0;
    for (let k = first; k < first + 2 * SINC_REACH; k++) {
      const distance = place - k;
      const window = 0.5 + 0.5 * Math.cos((Math.PI * distance) / SINC_REACH);
      const sinc = distance === 0 ? 1 : Math.sin(Math.PI * distance) / (Math.PI * distance);
      sum += (samples[k] ?? 0) * sinc * window;
    }
    return sum;
  });
}
