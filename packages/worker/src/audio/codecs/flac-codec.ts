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
const FRAMES = 3;
const OUTPUT = 4;
const ERROR = 6;
const STATE = 7;

/** FLAC to mono at the given rate. No frame depends on another one, so a single decoder serves everybody. */
export async function loadFlacCodec(): Promise<(rateHz: number) => Codec> {
  const { _decoder: inner } = new FLACDecoder() as unknown as { _decoder: { ready: Promise<void> } };
  const wasm = await wasmExports<FlacExports>(inner, ['create_decoder', 'decode_frame', 'destroy_decoder']);
  const answers = new Uint32Array(wasm.HEAP, allocate(wasm, 32), 8);
  const create = (): number => {
    answers.fill(0);
    const [a, b, c, d, e, f, g, h] = Array.from({ length: 8 }, (_, i) => answers.byteOffset + 4 * i) as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    return wasm.create_decoder(a, b, c, d, e, f, g, h);
  };
  let decoder = create();

  const decode = (packet: Uint8Array): Float32Array => {
    if (packet.length > MAX_FLAC_FRAME_BYTES) throw undecodable('a FLAC frame larger than 512 KiB');
    const expected = framesOf(packet);
    // The library frees it.
    const input = allocate(wasm, packet.length);
    new Uint8Array(wasm.HEAP, input, packet.length).set(packet);
    wasm.decode_frame(decoder, input, packet.length);
    const channels = answers[CHANNELS]!;
    const frames = answers[FRAMES]!;
    const address = answers[OUTPUT]!;
    const sound = answers[ERROR] === 0 && answers[STATE] === 0 && frames === expected && channels > 0;
    const mono = sound ? mix(new Float32Array(wasm.HEAP, address, frames * channels), channels) : null;
    if (address !== 0) wasm.free(address);
    answers[OUTPUT] = 0;
    answers[FRAMES] = 0;
    if (mono === null) {
      wasm.destroy_decoder(decoder);
      decoder = create();
      throw undecodable('a broken FLAC frame');
    }
    return mono;
  };
  return (rateHz) => ({
    rateHz,
    runUp: { packets: 0, ms: 0 },
    frames: framesOf,
    open: () => ({ decode: (packet) => guarded(() => decode(packet)), close: () => undefined }),
  });
}

function framesOf(packet: Uint8Array): number {
  const header = flacFrameHeader(packet);
  if (!header) throw undecodable('a broken FLAC frame');
  return header.frames;
}

/** Channels that lie one behind the other to their average. */
function mix(planes: Float32Array, channels: number): Float32Array {
  if (channels === 1) return planes.slice();
  const mono = new Float32Array(planes.length / channels);
  for (let i = 0; i < mono.length; i++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += planes[channel * mono.length + i]!;
    mono[i] = sum / channels;
  }
  return mono;
}
