import { readFile } from 'node:fs/promises';
import { AAC_FRAMES, type AacConfig } from './aac-config.js';
import type { Codec } from './codec.js';
import { DecoderCache, type NativeDecoder } from './decoder-cache.js';
import { guarded, undecodable } from './wasm-exports.js';

/** What of JavaScript's `WebAssembly` is used here; TypeScript has it among what belongs to browsers only. */
declare const WebAssembly: {
  instantiate(bytes: Uint8Array): Promise<{ instance: { exports: unknown } }>;
};

export interface AacOptions extends AacConfig {
  /** Both channels are mixed. */
  mix: boolean;
  /** A packet that cannot be decoded is silence, as in MP3: for streams that find their next frame again. */
  brokenIsSilent: boolean;
}

/** What `aac/src/lib.rs` exports. */
interface AacExports {
  memory: { readonly buffer: ArrayBuffer };
  __stack_pointer: { value: number };
  /** Address of a decoder; 0 when there is none for this rate. */
  aac_open(rateHz: number, channels: number, mix: number): number;
  /** Where the packet goes that is to be decoded. */
  aac_packet(decoder: number): number;
  /** Where the frames of the last packet are, those of one channel behind those of the other. */
  aac_frames(decoder: number): number;
  /** Frames: 1,024, or 0 when the packet is broken. */
  aac_decode(decoder: number, bytes: number): number;
  aac_close(decoder: number): void;
}

const WASM = new URL('../../../aac/aac.wasm', import.meta.url);
/** What the module has room for in a packet; the longest one of two channels has 1,536. */
const MAX_PACKET_BYTES = 8_192;
/** Of 62 KB each; the module has room for twice as many. */
const DECODERS = 512;

/**
 * AAC-LC at the given rate, one or two channels, mixed or not. Of HE-AAC what lies below its doubled rate is heard, which is what
 * a recogniser listens to. All decoders live in one module of at most 64 MiB.
 */
export async function loadAacCodec(): Promise<(options: AacOptions) => Codec> {
  const { instance } = await WebAssembly.instantiate(await readFile(WASM));
  const wasm = instance.exports as AacExports;
  const cache = new DecoderCache(nativeDecoders(wasm));
  return (options) => ({
    rateHz: options.rateHz,
    channels: channelsOf(options),
    runUp: { packets: 2, ms: 0 },
    frames: () => AAC_FRAMES,
    open: () => cache.open(options),
  });
}

function channelsOf({ channels, mix }: AacOptions): number {
  return mix ? 1 : channels;
}

/** They take memory when they are used for the first time. */
function nativeDecoders(wasm: AacExports): NativeDecoder<AacOptions>[] {
  const stackTop = wasm.__stack_pointer.value;
  // A trap leaves the stack where it was.
  const safely = <Result>(run: () => Result): Result => {
    wasm.__stack_pointer.value = stackTop;
    return guarded(run);
  };
  return Array.from({ length: DECODERS }, () => {
    let decoder = 0;
    let lenient = false;
    let planes = 1;
    return {
      reset: (options) => {
        const { rateHz, channels, mix, brokenIsSilent } = options;
        lenient = brokenIsSilent;
        planes = channelsOf(options);
        const former = decoder;
        decoder = 0;
        if (former !== 0) safely(() => wasm.aac_close(former));
        decoder = safely(() => wasm.aac_open(rateHz, channels, mix ? 1 : 0));
        if (decoder === 0) throw undecodable(`AAC with ${rateHz} samples a second`);
      },
      decode: (packet) => {
        if (packet.length > MAX_PACKET_BYTES) throw undecodable('an AAC packet larger than 8 KiB');
        // The memory may have grown, and then is another buffer.
        new Uint8Array(wasm.memory.buffer, wasm.aac_packet(decoder), packet.length).set(packet);
        const frames = safely(() => wasm.aac_decode(decoder, packet.length));
        if (frames !== AAC_FRAMES) {
          if (lenient) return Array.from({ length: planes }, () => new Float32Array(AAC_FRAMES));
          throw undecodable('a broken AAC packet');
        }
        const all = new Float32Array(wasm.memory.buffer, wasm.aac_frames(decoder), planes * AAC_FRAMES);
        return Array.from({ length: planes }, (_, i) => all.slice(i * AAC_FRAMES, (i + 1) * AAC_FRAMES));
      },
    };
  });
}
