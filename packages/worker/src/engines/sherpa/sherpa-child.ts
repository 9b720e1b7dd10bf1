import { formatText } from '@tributary/shared';
import { isStreaming } from '../../models/manifest.js';
import { SAMPLE_RATE_HZ } from '../engine.js';
import type { ChildRecogniser } from '../pool/listener.js';
import type { ListenOptions } from '../pool/pool-messages.js';
import { serveUtterances } from '../pool/serve-utterances.js';
import { hotWordsNotation } from './hot-words.js';
import { OfflineListener } from './offline-listener.js';
import { OfflineRecognisers } from './offline-recognisers.js';
import { OnlineModel } from './online-library.js';
import { OnlineListener } from './online-listener.js';
import { type ChildModel, onlineConfig, takesHotWords } from './sherpa-config.js';
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
  const hotWordsFor = ({ hotWords }: ListenOptions): string | undefined =>
    takesHotWords(model) ? hotWordsNotation(hotWords, upperCase) : undefined;
  if (isStreaming(model)) {
    const loaded = new OnlineModel(onlineConfig(model));
    const { kind } = model;
    return {
      listensAlong: true,
      interimShare: 1,
      open: (options) =>
        new OnlineListener({
          model: loaded,
          kind,
          hotWords: hotWordsFor(options),
          format: formatFor(options),
        }),
    };
  }
  const recognisers = new OfflineRecognisers(model);
  // Loaded before the first utterance comes.
  await recognisers.hearing(null);
  const maxSamples = (model.maxSegmentSeconds ?? Number.POSITIVE_INFINITY) * SAMPLE_RATE_HZ;
  return {
    listensAlong: false,
    interimShare: OFFLINE_INTERIM_SHARE,
    open: (options) =>
      new OfflineListener({
        recogniser: () => recognisers.hearing(spokenLanguage(model, options.language)),
        hotWords: hotWordsFor(options),
        maxSamples,
        format: formatFor(options),
      }),
  };
}
