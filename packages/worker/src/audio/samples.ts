import type { PcmFormat } from '@tributary/shared';

type Encoding = PcmFormat['encoding'];

/** How one sample of an encoding is read: its size, and its value, nominally in [-1, 1). */
interface SampleReader {
  bytes: number;
  read(view: DataView, at: number): number;
}

const READERS: Readonly<Record<Encoding, SampleReader>> = {
  u8: { bytes: 1, read: (view, at) => (view.getUint8(at) - 128) / 128 },
  s16le: { bytes: 2, read: (view, at) => view.getInt16(at, true) / 32_768 },
  s24le: {
    bytes: 3,
    read: (view, at) => ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 8_388_608,
  },
  s32le: { bytes: 4, read: (view, at) => view.getInt32(at, true) / 2_147_483_648 },
  f32le: { bytes: 4, read: (view, at) => sane(view.getFloat32(at, true)) },
  f64le: { bytes: 8, read: (view, at) => sane(view.getFloat64(at, true)) },
  mulaw: { bytes: 1, read: (view, at) => MULAW[view.getUint8(at)]! },
  alaw: { bytes: 1, read: (view, at) => ALAW[view.getUint8(at)]! },
};

/** Floats beyond this (12 dB over full scale) are noise of a broken sender; clipped so that sums stay sound. */
const MAX_FLOAT = 4;

/** Samples that are no numbers become silence; absurdly loud ones are clipped. */
function sane(value: number): number {
  if (!Number.isFinite(value)) return 0;
  return Math.max(-MAX_FLOAT, Math.min(MAX_FLOAT, value));
}

/** Bytes of one frame: a sample of every channel. */
export function frameBytes(format: PcmFormat): number {
  return READERS[format.encoding].bytes * format.channels;
}

/**
 * Interleaved samples to mono, the average of the channels: `[frames x channels]` bytes in, `[frames]` out,
 * nominally in [-1, 1). Bytes behind the last whole frame are left out.
 */
export function toMono(bytes: Uint8Array, format: PcmFormat): Float32Array {
  const reader = READERS[format.encoding];
  const { channels } = format;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const mono = new Float32Array(Math.floor(bytes.length / (reader.bytes * channels)));
  let at = 0;
  for (let frame = 0; frame < mono.length; frame++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) {
      sum += reader.read(view, at);
      at += reader.bytes;
    }
    mono[frame] = sum / channels;
  }
  return mono;
}

/** Interleaved samples to those of each channel: `[frames x channels]` bytes in, `[channels][frames]` out, as `toMono` reads them. */
export function toPlanes(bytes: Uint8Array, format: PcmFormat): Float32Array[] {
  const reader = READERS[format.encoding];
  const { channels } = format;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames = Math.floor(bytes.length / (reader.bytes * channels));
  return Array.from({ length: channels }, (_, channel) =>
    Float32Array.from({ length: frames }, (__, frame) =>
      reader.read(view, (frame * channels + channel) * reader.bytes),
    ),
  );
}

/** `[channels][frames]` in [-1, 1) to signed 16 bit, rounded and clipped, interleaved. */
export function interleave(planes: readonly Float32Array[]): Int16Array {
  const [first] = planes;
  if (first === undefined || planes.length === 1) return toInt16(first ?? new Float32Array(0));
  const pcm = new Int16Array(first.length * planes.length);
  for (const [channel, plane] of planes.entries()) {
    const samples = toInt16(plane);
    for (let i = 0; i < samples.length; i++) pcm[i * planes.length + channel] = samples[i]!;
  }
  return pcm;
}

/** Interleaved samples to those of each channel; those of one are returned as they are. */
export function deinterleave(pcm: Int16Array, channels: number): Int16Array[] {
  if (channels === 1) return [pcm];
  return Array.from({ length: channels }, (_, channel) => {
    const samples = new Int16Array(pcm.length / channels);
    for (let i = 0; i < samples.length; i++) samples[i] = pcm[i * channels + channel]!;
    return samples;
  });
}

/** Mono in [-1, 1) to signed 16 bit, rounded and clipped. */
export function toInt16(mono: Float32Array): Int16Array {
  const pcm = new Int16Array(mono.length);
  for (let i = 0; i < mono.length; i++) {
    pcm[i] = Math.max(-32_768, Math.min(32_767, Math.round(mono[i]! * 32_768)));
  }
  return pcm;
}

/** ITU-T G.711: the 256 values of each law, scaled to [-1, 1). */
const MULAW = Float32Array.from({ length: 256 }, (_, code) => {
  const bits = ~code & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + 132) << ((bits >> 4) & 7)) - 132;
  return (bits & 0x80 ? -magnitude : magnitude) / 32_768;
});

const ALAW = Float32Array.from({ length: 256 }, (_, code) => {
  const bits = code ^ 0x55;
  const exponent = (bits >> 4) & 7;
  const mantissa = ((bits & 0x0f) << 4) + 8;
  const magnitude = exponent === 0 ? mantissa : (mantissa + 256) << (exponent - 1);
  return (bits & 0x80 ? magnitude : -magnitude) / 32_768;
});
