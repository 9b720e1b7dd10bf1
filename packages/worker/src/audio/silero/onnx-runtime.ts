import koffi from 'koffi';
import { libraryPath } from '../../engines/sherpa/library-path.js';

/** An address inside the library; only ever handed back to it. */
type Address = bigint;

/** A tensor whose memory both sides see. */
export interface Tensor {
  readonly data: Float32Array | BigInt64Array;
  readonly address: Address;
}

/** A model with the tensors it reads and overwrites, as arguments of `run`. */
export type Prepared = readonly unknown[];

/**
 * Places in `OrtApi` of onnxruntime_c_api.h, and what is called there. The table only ever grows at its end, so these
 * hold for all later versions. Each call returns null or a status with the reason why it failed.
 */
const CALLS = {
  createEnv: [3, 'void *(int level, const char *id, _Out_ void **env)'],
  createSession: [7, 'void *(void *env, const char *path, void *options, _Out_ void **session)'],
  run: [
    9,
    'void *(void *session, void *options, void *input_names, void *inputs, size_t input_count, ' +
      'void *output_names, size_t output_count, void *outputs)',
  ],
  createSessionOptions: [10, 'void *(_Out_ void **options)'],
  setIntraOpNumThreads: [24, 'void *(void *options, int threads)'],
  setInterOpNumThreads: [25, 'void *(void *options, int threads)'],
  createTensor: [
    49,
    'void *(void *memory, void *data, size_t bytes, int64_t *shape, size_t dimensions, int type, _Out_ void **value)',
  ],
  createCpuMemoryInfo: [69, 'void *(int allocator, int type, _Out_ void **memory)'],
} as const;
const MESSAGE_PLACE = 2;
/** Oldest version of the table that has all of them. */
const API_VERSION = 7;
const LOG_ERRORS_ONLY = 3;
const ARENA_ALLOCATOR = 1;
const DEFAULT_MEMORY = 0;
const TYPE_FLOAT = 1;
const TYPE_INT64 = 7;
const POINTER_BYTES = 8;

/**
 * onnxruntime, as it comes with sherpa-onnx, called in this thread: so that a small model can be run synchronously and
 * one copy of it serves all sessions, each with its own state.
 */
export class OnnxRuntime {
  readonly #api: Address;
  readonly #message: (status: Address) => string;
  readonly #env: Address;
  readonly #memory: Address;
  readonly #run: (...args: readonly unknown[]) => void;
  /** The library, and what it holds the address of; whoever runs a model keeps this object, and with it all of them. */
  readonly #kept: unknown[] = [];

  /** @throws Error when there is no library for this machine. */
  constructor() {
    const library = koffi.load(libraryPath('onnxruntime'));
    this.#kept.push(library);
    const base: Address = library.func('void *OrtGetApiBase(void)')();
    const getApi: Address = koffi.decode(base, 'void *');
    this.#api = koffi.call(getApi, prototype('void *(uint32_t version)'), API_VERSION);
    const message = prototype('const char *(void *status)');
    const place: Address = koffi.decode(this.#api, MESSAGE_PLACE * POINTER_BYTES, 'void *');
    this.#message = (status) => koffi.call(place, message, status);
    this.#run = this.#call('run');
    this.#env = this.#create('createEnv', LOG_ERRORS_ONLY, 'tributary');
    this.#memory = this.#create('createCpuMemoryInfo', ARENA_ALLOCATOR, DEFAULT_MEMORY);
  }

  /** Zeros of a shape; an empty shape is a single number. */
  floats(...shape: readonly number[]): Tensor & { readonly data: Float32Array } {
    return this.#tensor(new Float32Array(buffer(shape, 4)), shape, TYPE_FLOAT);
  }

  integer(value: number): Tensor {
    const tensor = this.#tensor(new BigInt64Array(buffer([], 8)), [], TYPE_INT64);
    tensor.data[0] = BigInt(value);
    return tensor;
  }

  /** Loads a model, to be run on the tensors that are given here by the names of its inputs and outputs. */
  prepare(
    path: string,
    inputs: Readonly<Record<string, Tensor>>,
    outputs: Readonly<Record<string, Tensor>>,
  ): Prepared {
    const options = this.#create('createSessionOptions');
    this.#call('setIntraOpNumThreads')(options, 1);
    this.#call('setInterOpNumThreads')(options, 1);
    const session = this.#create('createSession', this.#env, path, options);
    const given = this.#lists(inputs);
    const taken = this.#lists(outputs);
    return [session, null, given.names, given.values, given.count, taken.names, taken.count, taken.values];
  }

  /** Runs a model once. */
  run(prepared: Prepared): void {
    this.#run(...prepared);
  }

  #tensor<Data extends Float32Array | BigInt64Array>(data: Data, shape: readonly number[], type: number) {
    this.#kept.push(data);
    const address = this.#create(
      'createTensor',
      this.#memory,
      data,
      data.byteLength,
      shape,
      shape.length,
      type,
    );
    return { data, address };
  }

  /** Names and tensors as arrays of addresses. */
  #lists(tensors: Readonly<Record<string, Tensor>>) {
    const texts = Object.keys(tensors).map((name) => Buffer.from(`${name}\0`));
    const names = addresses(texts.map((text) => koffi.address(text)));
    const values = addresses(Object.values(tensors).map(({ address }) => address));
    this.#kept.push(texts);
    return { names, values, count: texts.length };
  }

  #create(name: keyof typeof CALLS, ...args: readonly unknown[]): Address {
    const out: [Address] = [0n];
    this.#call(name)(...args, out);
    return out[0];
  }

  #call(name: keyof typeof CALLS): (...args: readonly unknown[]) => void {
    const [index, signature] = CALLS[name];
    const place: Address = koffi.decode(this.#api, index * POINTER_BYTES, 'void *');
    const type = prototype(signature);
    return (...args) => {
      const status: Address | null = koffi.call(place, type, ...args);
      if (status !== null) throw new Error(`onnxruntime: ${name}: ${this.#message(status)}`);
    };
  }
}

let prototypes = 0;

/** Koffi's types have names of their own, once in a process. */
function prototype(signature: string) {
  prototypes += 1;
  return koffi.proto(signature.replace('(', `OrtCall${prototypes}(`));
}

/** Memory that never moves, however small: small typed arrays of their own would lie in JavaScript's heap. */
function buffer(shape: readonly number[], bytesPerItem: number): ArrayBuffer {
  return new ArrayBuffer(shape.reduce((product, length) => product * length, bytesPerItem));
}

function addresses(list: readonly Address[]): BigUint64Array {
  const array = new BigUint64Array(new ArrayBuffer(list.length * POINTER_BYTES));
  array.set(list);
  return array;
}
