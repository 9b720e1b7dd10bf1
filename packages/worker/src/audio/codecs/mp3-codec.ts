import { MPEGDecoder } from 'mpg123-decoder';
import type { Codec } from './codec.js';
import { DecoderCache, type NativeDecoder } from './decoder-cache.js';
import { mpegFrameHeader } from './mpeg-frame.js';
import { allocate, guarded, undecodable, type WasmExports, wasmExports } from './wasm-exports.js';

interface MpegExports extends WasmExports {
  /** Writes the decoder's address to `decoder`; not 0 when that failed. */
  mpeg_frame_decoder_create(decoder: number, gapless: number): number;
  mpeg_decoder_feed(decoder: number, input: number, inputBytes: number): number;
  mpeg_decoder_read(
    decoder: number,
    output: number,
    outputFloats: number,
    frames: number,
    rateHz: number,
    message: number,
  ): number;
  mpeg_frame_decoder_destroy(decoder: number): void;
}

/** mpg123's own answers. */
const NEW_FORMAT = -11;
const NEED_MORE = -10;
/** Of 420 KB each; a module has room for 38. */
const DECODERS_A_MODULE = 32;
const MODULES = 4;
/** The longest frame has 2,881. */
const MAX_FRAME_BYTES = 4_096;
/** As much as the library may write. */
const OUTPUT_FLOATS = 2 * 16 * 2_889;

/**
 * MP3, frame by frame, at the given rate, to two channels or the average of them. What a frame does not give (the first ones of a stream refer to bits
 * that nobody has sent) is silence, so that every frame counts in full.
 */
export async function loadMp3Codec(): Promise<(rateHz: number, channels: number) => Codec> {
  const modules = await Promise.all(Array.from({ length: MODULES }, loadModule));
  const cache = new DecoderCache(modules.flat());
  return (rateHz, channels) => ({
    rateHz,
    channels,
    runUp: { packets: 10, ms: 0 },
    frames: framesOf,
    open: () => cache.open(channels),
  });
}

function framesOf(packet: Uint8Array): number {
  const header = mpegFrameHeader(packet);
  if (header === null || packet.length > MAX_FRAME_BYTES) throw undecodable('a broken MP3 frame');
  return header.frames;
}

/** One more module and its decoders, which take memory when they are used for the first time. */
async function loadModule(): Promise<NativeDecoder<number>[]> {
  const wasm = await wasmExports<MpegExports>(new MPEGDecoder({ enableGapless: false }), [
    'mpeg_frame_decoder_create',
    'mpeg_decoder_feed',
    'mpeg_decoder_read',
    'mpeg_frame_decoder_destroy',
  ]);
  const input = new Uint8Array(wasm.HEAP, allocate(wasm, MAX_FRAME_BYTES), MAX_FRAME_BYTES);
  const output = new Float32Array(wasm.HEAP, allocate(wasm, 4 * OUTPUT_FLOATS), OUTPUT_FLOATS);
  const answers = new Uint32Array(wasm.HEAP, allocate(wasm, 16), 4);
  const address = (i: number): number => answers.byteOffset + 4 * i;

  const createDecoder = (): number => {
    if (wasm.mpeg_frame_decoder_create(address(0), 0) !== 0) {
      throw new RangeError('no room left for MP3 decoders');
    }
    return answers[0]!;
  };
  /** The library always gives two channels; those of one are the same. */
  const read = (decoder: number, [first, second]: readonly Float32Array[]): void => {
    let at = 0;
    for (;;) {
      answers[1] = 0;
      const answer = wasm.mpeg_decoder_read(
        decoder,
        output.byteOffset,
        OUTPUT_FLOATS,
        address(1),
        address(2),
        address(3),
      );
      const frames = answers[1]!;
      for (let i = 0; i < frames && at < first!.length; i++, at++) {
        if (second === undefined) first![at] = sane((output[i]! + output[frames + i]!) / 2);
        else {
          first![at] = sane(output[i]!);
          second[at] = sane(output[frames + i]!);
        }
      }
      if (answer === NEED_MORE || (answer !== NEW_FORMAT && frames === 0)) return;
    }
  };

  return Array.from({ length: DECODERS_A_MODULE }, () => {
    let decoder: number | null = null;
    let channels = 1;
    return {
      reset: (wanted) => {
        channels = wanted;
        if (decoder !== null) wasm.mpeg_frame_decoder_destroy(decoder);
        decoder = createDecoder();
      },
      decode: (packet) => {
        const frames = framesOf(packet);
        const planes = Array.from({ length: channels }, () => new Float32Array(frames));
        input.set(packet);
        guarded(() => {
          wasm.mpeg_decoder_feed(decoder!, input.byteOffset, packet.length);
          read(decoder!, planes);
        });
        return planes;
      },
    };
  });
}

/** Broken frames may sound like anything; absurd values are clipped so that sums stay sound. */
function sane(value: number): number {
  return value >= -4 && value <= 4 ? value : 0;
}
