import { FLACDecoder } from '@wasm-audio-decoders/flac';
import type { Codec } from './codec.js';
import { flacFrameHeader } from './flac-frame.js';
import { allocate, guarded, undecodable, type WasmExports, wasmExports } from './wasm-exports.js';

interface FlacExports extends WasmExports {
  create_decoder(
    channels: number,
    rateHz: number,
    bitsPerSample: number,
    frames: number,
    output: number,
    outputFloats: number,
    error: number,
    state: number,
  ): number;
  decode_frame(decoder: number, input: number, inputBytes: number): number;
  destroy_decoder(decoder: number): void;
}

export const MAX_FLAC_FRAME_BYTES = 524_288;
/** Places of what the library answers. */
const CHANNELS = 0;
const BITS = 2;
const FRAMES = 3;
const OUTPUT = 4;
const ERROR = 6;
const ANSWERS = 8;
/** The library divides by the largest sample of these widths, and of no other. */
const WIDTHS = [8, 16, 24, 32];
/** A frame that cannot be decoded may leave its bytes in the module, which has room for 16 MB: it is replaced in time. */
const FAILURES_A_MODULE = 16;

/**
 * FLAC at the given rate, to so many channels, or to one that is the average of all. No frame depends on another one, and the library takes offence at frames that are not
 * numbered one behind the other: so each has a decoder of its own.
 */
export async function loadFlacCodec(): Promise<(rateHz: number, channels: number) => Codec> {
  let decodeFrame = await loadModule();
  let failures = 0;
  const decode = (packet: Uint8Array, wanted: number): Float32Array[] => {
    try {
      return decodeFrame(packet, wanted);
    } catch (error) {
      failures += 1;
      if (failures % FAILURES_A_MODULE === 0) {
        void loadModule().then((loaded) => {
          decodeFrame = loaded;
        });
      }
      throw error;
    }
  };
  return (rateHz, channels) => ({
    rateHz,
    channels,
    runUp: { packets: 0, ms: 0 },
    frames: framesOf,
    open: () => ({ decode: (packet) => decode(packet, channels), close: () => undefined }),
  });
}

/** A function that decodes a frame to so many channels, which are its own, or to one. */
async function loadModule(): Promise<(packet: Uint8Array, wanted: number) => Float32Array[]> {
  const { _decoder: inner } = new FLACDecoder() as unknown as { _decoder: { ready: Promise<void> } };
  const wasm = await wasmExports<FlacExports>(inner, ['create_decoder', 'decode_frame', 'destroy_decoder']);
  const answers = new Uint32Array(wasm.HEAP, allocate(wasm, 4 * ANSWERS), ANSWERS);
  const [a, b, c, d, e, f, g, h] = Array.from(answers, (_, i) => answers.byteOffset + 4 * i) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];

  const decode = (packet: Uint8Array, wanted: number): Float32Array[] => {
    answers.fill(0);
    // The library frees it.
    const input = wasm.malloc(packet.length);
    if (input === 0) throw undecodable('no room for a FLAC frame');
    new Uint8Array(wasm.HEAP, input, packet.length).set(packet);
    const decoder = wasm.create_decoder(a, b, c, d, e, f, g, h);
    wasm.decode_frame(decoder, input, packet.length);
    const channels = answers[CHANNELS]!;
    const frames = answers[FRAMES]!;
    const bits = answers[BITS]!;
    const output = answers[OUTPUT]!;
    const sound =
      answers[ERROR] === 0 && output !== 0 && frames === framesOf(packet) && WIDTHS.includes(bits);
    const fits = wanted === 1 || wanted === channels;
    const planes =
      sound && fits
        ? planesOf(new Float32Array(wasm.HEAP, output, frames * channels), channels, bits, wanted === 1)
        : null;
    if (output !== 0) wasm.free(output);
    wasm.destroy_decoder(decoder);
    if (planes === null) throw undecodable(fits ? 'a broken FLAC frame' : 'FLAC whose channels change');
    return planes;
  };
  return (packet, wanted) => guarded(() => decode(packet, wanted));
}

function framesOf(packet: Uint8Array): number {
  const header = flacFrameHeader(packet);
  if (!header) throw undecodable('a broken FLAC frame');
  return header.frames;
}

/** Channels that lie one behind the other, mixed to their average or each as it is; full scale becomes 1 as for all other samples. */
function planesOf(samples: Float32Array, channels: number, bits: number, mix: boolean): Float32Array[] {
  const half = 2 ** (bits - 1);
  const scale = (half - 1) / half;
  const frames = samples.length / channels;
  if (!mix) {
    return Array.from({ length: channels }, (_, channel) =>
      samples.subarray(channel * frames, (channel + 1) * frames).map((value) => value * scale),
    );
  }
  const mono = new Float32Array(frames);
  for (let i = 0; i < frames; i++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += samples[channel * frames + i]!;
    mono[i] = sum * (scale / channels);
  }
  return [mono];
}
