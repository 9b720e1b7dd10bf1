import type { InstalledModel } from '../../models/manifest.js';
import { SAMPLE_RATE_HZ } from '../engine.js';

/** What a child needs to know of its model. */
export type ChildModel = Pick<
  InstalledModel,
  'kind' | 'languages' | 'paths' | 'hotWords' | 'upperCase' | 'maxSegmentSeconds'
>;

/** True when the recogniser of this model can be told hot words: the binding takes them for offline transducers only. */
export function takesHotWords({ kind, hotWords }: Pick<ChildModel, 'kind' | 'hotWords'>): boolean {
  return kind === 'offline-transducer' && hotWords !== undefined;
}

/**
 * sherpa-onnx's configuration for a model: one thread, since the pool has a process for each core.
 *
 * @param language what the model is told of the speech, where it can be told; null to find out
 */
export function sherpaConfig(model: ChildModel, language: string | null = null): object {
  const { tokens, bpe } = model.paths;
  return {
    featConfig: { sampleRate: SAMPLE_RATE_HZ, featureDim: 80 },
    modelConfig: {
      ...networks(model, language),
      tokens,
      ...(bpe === undefined ? {} : { bpeVocab: bpe }),
      ...(model.hotWords === undefined ? {} : { modelingUnit: model.hotWords }),
      numThreads: 1,
      provider: 'cpu',
      debug: 0,
    },
    decodingMethod: takesHotWords(model) ? 'modified_beam_search' : 'greedy_search',
    maxActivePaths: 4,
    enableEndpoint: 0,
  };
}

function networks({ kind, paths }: ChildModel, language: string | null): object {
  const { tokens, bpe, ...files } = paths;
  switch (kind) {
    case 'online-transducer':
    case 'offline-transducer':
      return { transducer: files };
    case 'offline-nemo-transducer':
      return { transducer: files, modelType: 'nemo_transducer' };
    case 'online-paraformer':
    case 'offline-paraformer':
      return { paraformer: files };
    case 'online-zipformer2-ctc':
      return { zipformer2Ctc: files };
    case 'online-nemo-ctc':
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
  }
}
