import { formatText } from '@tributary/shared';
// Its exports have names only for the type checker: it is CommonJS.
import sherpa from 'sherpa-onnx-node';
import { isStreaming } from '../../models/manifest.js';
import { SAMPLE_RATE_HZ } from '../engine.js';
import type { ChildRecogniser } from '../pool/listener.js';
import type { ListenOptions } from '../pool/pool-messages.js';
import { serveUtterances } from '../pool/serve-utterances.js';
import { hotWordsNotation } from './hot-words.js';
import { OfflineListener } from './offline-listener.js';
import { OfflineRecognisers } from './offline-recognisers.js';
import { OnlineListener } from './online-listener.js';
import { type ChildModel, sherpaConfig, takesHotWords } from './sherpa-config.js';
import { spokenLanguage } from './spoken-language.js';

/** Decoding a growing segment again and again may take half of the child's time, when nothing else is to do. */
const OFFLINE_INTERIM_SHARE = 0.5;

const [, , argument] = process.argv;
await serveUtterances(() => startRecogniser(JSON.parse(argument ?? '') as ChildModel));

async function startRecogniser(model: ChildModel): Promise<ChildRecogniser> {
  const { upperCase = false, languages } = model;
  const formatFor = ({ language }: ListenOptions) => {
    const style = { language: language ?? languages[0] ?? null, upperCase };
    return (text: string): string => formatText(text, style);
  };
  if (isStreaming(model)) {
    const recogniser = new sherpa.OnlineRecognizer(sherpaConfig(model));
    const { kind } = model;
    return {
      interimShare: 1,
      open: (options) => new OnlineListener({ recogniser, kind, format: formatFor(options) }),
    };
  }
  const recognisers = new OfflineRecognisers(model);
  // Loaded before the first utterance comes.
  await recognisers.hearing(null);
  const maxSamples = (model.maxSegmentSeconds ?? Number.POSITIVE_INFINITY) * SAMPLE_RATE_HZ;
  return {
    interimShare: OFFLINE_INTERIM_SHARE,
    open: (options) =>
      new OfflineListener({
        recogniser: () => recognisers.hearing(spokenLanguage(model, options.language)),
        hotWords: takesHotWords(model) ? hotWordsNotation(options.hotWords, upperCase) : undefined,
        maxSamples,
        format: formatFor(options),
      }),
  };
}
