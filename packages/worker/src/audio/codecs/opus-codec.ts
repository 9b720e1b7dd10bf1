import { OpusDecoder } from 'opus-decoder';
import { SAMPLE_RATE_HZ } from '../../engines/engine.js';
import type { Codec, PacketDecoder } from './codec.js';
import { opusPacketFrames } from './opus-packet.js';
import { allocate, guarded, undecodable, type WasmExports, wasmExports } from './wasm-exports.js';

interface OpusExports extends WasmExports {
  opus_frame_decoder_create(
    rateHz: number,
    channels: number,
    streams: number,
    coupledStreams: number,
    mapping: number,
    preSkip: number,
    forceStereo: number,
  ): number;
  /** Frames decoded, or a negative error. */
  opus_frame_decode_float_deinterleaved(
    decoder: number,
    input: number,
    inputBytes: number,
    output: number,
  ): number;
}

const MAX_PACKET_BYTES = 65_536;
/** As much as the library may write: 120 ms of 48 kHz. */
const OUTPUT_FRAMES = 5_760;
const FRAME_RATIO = 48_000 / SAMPLE_RATE_HZ;
/** Where the library's own record of a decoder keeps the address of libopus' state. */
const STATE_POINTER = 7;
/** What a state may measure (18.5 KB for one channel in this version). */
const MIN_STATE_BYTES = 8_192;
const MAX_STATE_BYTES = 65_536;

/**
 * Opus at 16 kHz, mono or stereo, as libopus itself gives it when asked for that: a decoder may be run at any of Opus'
 * rates, and mixes stereo down, so that nothing is left to resample.
 *
 * One native decoder serves everybody. Its state is one block of memory that may be copied, as libopus documents, so
 * each packet decoder keeps a copy of its own, and beginning anew is to copy the state of an unused one. (The library's
 * way, to destroy and create, leaks 23 KB each time.)
 */
export async function loadOpusCodec(channels: 1 | 2): Promise<Codec> {
  const wasm = await wasmExports<OpusExports>(new OpusDecoder({ channels }), [
    'opus_frame_decoder_create',
    'opus_frame_decode_float_deinterleaved',
  ]);
  const input = new Uint8Array(wasm.HEAP, allocate(wasm, MAX_PACKET_BYTES), MAX_PACKET_BYTES);
  const outputFloats = channels * OUTPUT_FRAMES;
  const output = new Float32Array(wasm.HEAP, allocate(wasm, 4 * outputFloats), outputFloats);
  const mapping = new Uint8Array(wasm.HEAP, allocate(wasm, channels), channels);
  mapping.set([0, 1].slice(0, channels));
  const native = wasm.opus_frame_decoder_create(
    SAMPLE_RATE_HZ,
    channels,
    1,
    channels - 1,
    mapping.byteOffset,
    0,
    0,
  );
  // The record is allocated right behind the state, so what lies between their beginnings is the state.
  const stateAddress = new Uint32Array(wasm.HEAP, native)[STATE_POINTER]!;
  const stateBytes = native - stateAddress;
  if (stateAddress === 0 || stateBytes < MIN_STATE_BYTES || stateBytes > MAX_STATE_BYTES) {
    throw new TypeError('the Opus decoder does not lie in memory as expected');
  }
  const state = new Uint8Array(wasm.HEAP, stateAddress, stateBytes);
  const unused = state.slice();
  /** Whose state is in the module. */
  let loaded: { state: Uint8Array } | null = null;

  const decode = (packet: Uint8Array): Float32Array[] => {
    const expected = opusPacketFrames(packet) / FRAME_RATIO;
    if (packet.length > MAX_PACKET_BYTES) throw undecodable('an Opus packet larger than 64 KiB');
    input.set(packet);
    const frames = wasm.opus_frame_decode_float_deinterleaved(
      native,
      input.byteOffset,
      packet.length,
      output.byteOffset,
    );
    if (frames !== expected) throw undecodable('a broken Opus packet');
    // One channel lies behind the other.
    return Array.from({ length: channels }, (_, i) => output.slice(i * frames, (i + 1) * frames));
  };

  const open = (): PacketDecoder => {
    const own = { state: unused.slice() };
    return {
      decode: (packet) => {
        if (loaded !== own) {
          loaded?.state.set(state);
          state.set(own.state);
          loaded = own;
        }
        return guarded(() => decode(packet));
      },
      close: () => {
        if (loaded === own) loaded = null;
      },
    };
  };
  return {
    rateHz: SAMPLE_RATE_HZ,
    channels,
    runUp: { packets: 2, ms: 200 },
    frames: (packet) => opusPacketFrames(packet) / FRAME_RATIO,
    open,
  };
}
