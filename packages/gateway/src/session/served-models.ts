import { type ModelInfo, type SessionOptions, TributaryError } from '@tributary/shared';

/** What a session asks the workers for. */
export type Wanted = Pick<SessionOptions, 'model' | 'language' | 'hotWords'>;

/** Stands for every language. */
const ANY = '*';

/**
 * Checks that one of the models can do what a session asks for. Languages are compared by their primary subtag: `en-GB` is
 * served by a model for `en`. The first model that fits is the one that workers take. Nothing is refused where no model is
 * known.
 *
 * @throws TributaryError `unknown_model`, `unknown_language` or `hot_words_unsupported`, with the list of those that
 *   there are
 */
export function checkServed({ model, language, hotWords }: Wanted, models: readonly ModelInfo[]): void {
  if (models.length === 0) return;
  const named = model === null ? models : models.filter(({ name }) => name === model);
  if (named.length === 0) throw new TributaryError('unknown_model', list(models.map(({ name }) => name)));
  const chosen = language === null ? named[0] : named.find((info) => knows(info, primary(language)));
  if (chosen === undefined)
    throw new TributaryError('unknown_language', list(named.flatMap((info) => info.languages)));
  if (hotWords.length === 0 || chosen.hotWords !== false) return;
  const taking = models.filter((info) => info.hotWords === true).map(({ name }) => name);
  throw new TributaryError('hot_words_unsupported', taking.length === 0 ? 'no model does' : list(taking));
}

function knows({ languages }: ModelInfo, wanted: string): boolean {
  return languages.some((served) => served === ANY || primary(served) === wanted);
}

function primary(language: string): string {
  return language.toLowerCase().split('-', 1)[0] as string;
}

function list(names: readonly string[]): string {
  return `there are ${[...new Set(names)].sort().join(', ')}`;
}
