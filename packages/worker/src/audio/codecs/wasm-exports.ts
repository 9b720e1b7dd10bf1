import { TributaryError } from '@tributary/shared';

/** What every module of this family exports beside its own functions. */
export interface WasmExports {
  /** The module's whole memory; of fixed size, so that views of it stay valid. */
  HEAP: ArrayBuffer;
  /** Address of so many new bytes; 0 when there is no room. */
  malloc(bytes: number): number;
  free(address: number): void;
}

/**
 * The C functions of a decoder of the wasm-audio-decoders family, once it is ready. The packages' own classes
 * keep one decoder each in a module of its own (17 to 29 MB of address space) and can be reset only by waiting;
 * the functions below them serve many streams from one module, and never wait. The packages' versions are exact
 * for that reason, and the names that we rely on are checked here, when the worker starts.
 */
export async function wasmExports<Exports extends WasmExports>(
  decoder: { ready: Promise<void> },
  names: readonly (keyof Exports & string)[],
): Promise<Exports> {
  await decoder.ready;
  const { wasm } = (decoder as unknown as { _common: { wasm: Exports } })._common;
  for (const name of [...names, 'malloc', 'free'] as const) {
    if (typeof wasm[name] !== 'function') throw new TypeError(`the audio decoder has no function ${name}`);
  }
  return wasm;
}

export function allocate(wasm: WasmExports, bytes: number): number {
  const address = wasm.malloc(bytes);
  if (address === 0) throw new RangeError('no room left for audio decoders');
  return address;
}

/** A trap within a module, whatever bytes led to it, is the end of one stream only. */
export function guarded<Result>(decode: () => Result): Result {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'RuntimeError') throw error;
    throw undecodable('the decoder gave up on it');
  }
}

export function undecodable(detail: string): TributaryError {
  return new TributaryError('unsupported_audio', detail);
}
