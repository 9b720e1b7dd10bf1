import type { InstalledModel, ModelKind, StreamingKind } from '../../models/manifest.js';
import { SAMPLE_RATE_HZ } from '../engine.js';
import type { OnlineConfig } from './online-library.js';

/** What a child needs to know of its model. */
export type ChildModel = Pick<
  InstalledModel,
  'kind' | 'languages' | 'paths' | 'hotWords' | 'upperCase' | 'maxSegmentSeconds'
>;

/** True when the recogniser of this model can be told hot words: a transducer whose manifest says how it spells. */
export function takesHotWords({ kind, hotWords }: Pick<ChildModel, 'kind' | 'hotWords'>): boolean {
  return (kind === 'offline-transducer' || kind === 'online-transducer') && hotWords !== undefined;
}

const FEATURE_BINS = 80;
const ACTIVE_PATHS = 4;

type ModelOf<Kind extends ModelKind> = ChildModel & { kind: Kind };

/** sherpa-onnx's configuration for a streaming model: one thread, since the pool has a process for each core. */
export function onlineConfig(model: ModelOf<StreamingKind>): OnlineConfig {
  const { tokens = '', bpe } = model.paths;
  return {
    feat_config: { sample_rate: SAMPLE_RATE_HZ, feature_dim: FEATURE_BINS },
    model_config: {
      ...onlineNetworks(model),
      tokens,
      num_threads: 1,
      provider: 'cpu',
      ...(bpe === undefined ? {} : { bpe_vocab: bpe }),
      ...(model.hotWords === undefined ? {} : { modeling_unit: model.hotWords }),
    },
    decoding_method: decodingMethod(model),
    max_active_paths: ACTIVE_PATHS,
  };
}

function onlineNetworks({ kind, paths }: ModelOf<StreamingKind>): Partial<OnlineConfig['model_config']> {
  const { encoder = '', decoder = '', joiner = '', model = '' } = paths;
  switch (kind) {
    case 'online-transducer':
      return { transducer: { encoder, decoder, joiner } };
    case 'online-paraformer':
      return { paraformer: { encoder, decoder } };
    case 'online-zipformer2-ctc':
      return { zipformer2_ctc: { model } };
    case 'online-nemo-ctc':
      return { nemo_ctc: { model } };
  }
}

const decodingMethod = (model: ChildModel): string =>
  takesHotWords(model) ? 'modified_beam_search' : 'greedy_search';

/**
 * sherpa-onnx's configuration for a model that hears whole segments: one thread, too.
 *
 * @param language what the model is told of the speech, where it can be told; null to find out
 */
export function offlineConfig(model: ChildModel, language: string | null = null): object {
  const { tokens, bpe } = model.paths;
  return {
    featConfig: { sampleRate: SAMPLE_RATE_HZ, featureDim: FEATURE_BINS },
    modelConfig: {
      ...offlineNetworks(model, language),
      tokens,
      ...(bpe === undefined ? {} : { bpeVocab: bpe }),
      ...(model.hotWords === undefined ? {} : { modelingUnit: model.hotWords }),
      numThreads: 1,
      provider: 'cpu',
      debug: 0,
    },
    decodingMethod: decodingMethod(model),
    maxActivePaths: ACTIVE_PATHS,
  };
}

function offlineNetworks({ kind, paths }: ChildModel, language: string | null): object {
  const { tokens, bpe, ...files } = paths;
  switch (kind) {
    case 'offline-transducer':
      return { transducer: files };
    case 'offline-nemo-transducer':
      return { transducer: files, modelType: 'nemo_transducer' };
    case 'offline-paraformer':
      return { paraformer: files };
    case 'offline-nemo-ctc':
      return { nemoCtc: files };
    case 'offline-zipformer-ctc':
      return { zipformerCtc: files };
    case 'offline-sense-voice':
      return { senseVoice: { ...files, language: language ?? 'auto', useInverseTextNormalization: 1 } };
    case 'offline-whisper':
      return { whisper: { ...files, language: language ?? '', task: 'transcribe' } };
    case 'offline-moonshine':
    case 'offline-moonshine-merged':
      return { moonshine: files };
    default:
      throw new Error(`${kind} hears while the audio comes`);
  }
}
