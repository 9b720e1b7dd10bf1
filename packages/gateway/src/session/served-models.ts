import { type ModelInfo, type SessionOptions, TributaryError } from '@tributary/shared';

/** What a session asks the workers for. */
export type Wanted = Pick<SessionOptions, 'model' | 'language'>;

/** Stands for every language. */
const ANY = '*';

/**
 * Checks that one of the models can do what a session asks for. Languages are compared by their primary subtag: `en-GB` is
 * served by a model for `en`. Nothing is refused where no model is known.
 *
 * @throws TributaryError `unknown_model` or `unknown_language`, with the list of those that there are
 */
export function checkServed({ model, language }: Wanted, models: readonly ModelInfo[]): void {
  if (models.length === 0) return;
  const named = model === null ? models : models.filter(({ name }) => name === model);
  if (named.length === 0) throw new TributaryError('unknown_model', list(models.map(({ name }) => name)));
  if (language === null) return;
  const languages = named.flatMap((info) => info.languages);
  const wanted = primary(language);
  if (languages.some((served) => served === ANY || primary(served) === wanted)) return;
  throw new TributaryError('unknown_language', list(languages));
}

function primary(language: string): string {
  return language.toLowerCase().split('-', 1)[0] as string;
}

function list(names: readonly string[]): string {
  return `there are ${[...new Set(names)].sort().join(', ')}`;
}
