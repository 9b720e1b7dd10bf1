import koffi, { type KoffiFunc, type TypeObject } from 'koffi';
import type { SherpaResult } from 'sherpa-onnx-node';
import { SAMPLE_RATE_HZ } from '../engine.js';
import { libraryPath } from './library-path.js';

/*
 * The part of sherpa-onnx' C interface (`c-api.h` of 1.13) that streaming recognition needs. Its binding for Node.js
 * offers the same but for two things: hot words of a single stream, and freeing a stream when it is done.
 */

type TypeSpec = string | TypeObject;

/** An address inside the library; only ever handed back to it. */
type Pointer = { readonly opaque: unique symbol };
type Native<Call extends (...args: never[]) => unknown> = KoffiFunc<Call>;

interface OnlineLibrary {
  createRecogniser: Native<(config: object) => Pointer | null>;
  createStream: Native<(recogniser: Pointer) => Pointer | null>;
  createStreamWithHotWords: Native<(recogniser: Pointer, hotWords: string) => Pointer | null>;
  destroyStream: Native<(stream: Pointer) => void>;
  accept: Native<(stream: Pointer, rateHz: number, samples: Float32Array, count: number) => void>;
  inputFinished: Native<(stream: Pointer) => void>;
  isReady: Native<(recogniser: Pointer, stream: Pointer) => number>;
  decode: Native<(recogniser: Pointer, stream: Pointer) => void>;
  resultAsJson: Native<(recogniser: Pointer, stream: Pointer) => string>;
}

/** Names of its fields are those of `c-api.h`; what is left out is zero. */
export interface OnlineConfig {
  feat_config: { sample_rate: number; feature_dim: number };
  model_config: {
    transducer?: { encoder: string; decoder: string; joiner: string };
    paraformer?: { encoder: string; decoder: string };
    zipformer2_ctc?: { model: string };
    nemo_ctc?: { model: string };
    tokens: string;
    num_threads: number;
    provider: string;
    modeling_unit?: string;
    bpe_vocab?: string;
  };
  decoding_method: string;
  max_active_paths: number;
}

let loaded: OnlineLibrary | undefined;

/** A streaming model that was loaded. It stays for the life of the process. */
export class OnlineModel {
  readonly #library: OnlineLibrary;
  readonly #recogniser: Pointer;

  /** @throws Error when the library is not there or refuses the model. (Of some faults it ends the process.) */
  constructor(config: OnlineConfig) {
    loaded ??= bind();
    this.#library = loaded;
    const recogniser = this.#library.createRecogniser(config);
    if (recogniser === null) throw new Error('sherpa-onnx refused the model');
    this.#recogniser = recogniser;
  }

  /** @param hotWords phrases in sherpa-onnx' notation; only for models that were loaded for them */
  open(hotWords: string | undefined): OnlineStream {
    const stream =
      hotWords === undefined
        ? this.#library.createStream(this.#recogniser)
        : this.#library.createStreamWithHotWords(this.#recogniser, hotWords);
    if (stream === null) throw new Error('sherpa-onnx opened no stream');
    return new OnlineStream(this.#library, this.#recogniser, stream);
  }
}

/** One utterance in a streaming model. */
export class OnlineStream {
  readonly #library: OnlineLibrary;
  readonly #recogniser: Pointer;
  readonly #stream: Pointer;

  constructor(library: OnlineLibrary, recogniser: Pointer, stream: Pointer) {
    this.#library = library;
    this.#recogniser = recogniser;
    this.#stream = stream;
  }

  /** Takes samples from -1 to 1 and decodes what they complete. */
  accept(samples: Float32Array): void {
    this.#library.accept(this.#stream, SAMPLE_RATE_HZ, samples, samples.length);
    this.#decode();
  }

  /** No samples come any more. */
  finish(): void {
    this.#library.inputFinished(this.#stream);
    this.#decode();
  }

  get result(): SherpaResult {
    return JSON.parse(this.#library.resultAsJson(this.#recogniser, this.#stream)) as SherpaResult;
  }

  /** To be called once, as the last. */
  free(): void {
    this.#library.destroyStream(this.#stream);
  }

  #decode(): void {
    const { isReady, decode } = this.#library;
    while (isReady(this.#recogniser, this.#stream) === 1) decode(this.#recogniser, this.#stream);
  }
}

function bind(): OnlineLibrary {
  const library = koffi.load(libraryPath('sherpa-onnx-c-api'));
  const config = koffi.struct({
    feat_config: koffi.struct({ sample_rate: 'int32_t', feature_dim: 'int32_t' }),
    model_config: koffi.struct({
      transducer: koffi.struct({ encoder: 'const char *', decoder: 'const char *', joiner: 'const char *' }),
      paraformer: koffi.struct({ encoder: 'const char *', decoder: 'const char *' }),
      zipformer2_ctc: koffi.struct({ model: 'const char *' }),
      tokens: 'const char *',
      num_threads: 'int32_t',
      provider: 'const char *',
      debug: 'int32_t',
      model_type: 'const char *',
      modeling_unit: 'const char *',
      bpe_vocab: 'const char *',
      tokens_buf: 'const char *',
      tokens_buf_size: 'int32_t',
      nemo_ctc: koffi.struct({ model: 'const char *' }),
      t_one_ctc: koffi.struct({ model: 'const char *' }),
    }),
    decoding_method: 'const char *',
    max_active_paths: 'int32_t',
    enable_endpoint: 'int32_t',
    rule1_min_trailing_silence: 'float',
    rule2_min_trailing_silence: 'float',
    rule3_min_utterance_length: 'float',
    hotwords_file: 'const char *',
    hotwords_score: 'float',
    // The rest of the structure, all zero: decoders with graphs, rules of writing, fields of later versions.
    rest: koffi.array('uint8_t', 512),
  });
  const free = library.func('void SherpaOnnxDestroyOnlineStreamResultJson(void *text)');
  const text = koffi.disposable('const char *', free);
  const call = (name: string, result: TypeSpec, ...parameters: TypeSpec[]): never =>
    library.func(`SherpaOnnx${name}`, result, parameters) as never;
  return {
    createRecogniser: call('CreateOnlineRecognizer', 'void *', koffi.pointer(config)),
    createStream: call('CreateOnlineStream', 'void *', 'void *'),
    createStreamWithHotWords: call('CreateOnlineStreamWithHotwords', 'void *', 'void *', 'const char *'),
    destroyStream: call('DestroyOnlineStream', 'void', 'void *'),
    accept: call('OnlineStreamAcceptWaveform', 'void', 'void *', 'int32_t', 'const float *', 'int32_t'),
    inputFinished: call('OnlineStreamInputFinished', 'void', 'void *'),
    isReady: call('IsOnlineStreamReady', 'int32_t', 'void *', 'void *'),
    decode: call('DecodeOnlineStream', 'void', 'void *', 'void *'),
    resultAsJson: call('GetOnlineStreamResultAsJson', text, 'void *', 'void *'),
  };
}
