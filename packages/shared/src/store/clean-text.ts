const SUSPECT = /[\0\ud800-\udfff]/;

/**
 * Text as PostgreSQL takes it: NUL characters removed, halves of surrogate pairs replaced by U+FFFD.
 * Everything else, emoji included, stays as it is.
 */
export function cleanText(text: string): string {
  if (!SUSPECT.test(text)) return text;
  return text.replaceAll('\0', '').replace(/\p{Surrogate}/gu, '\ufffd');
}

/** A value as JSON that PostgreSQL's `jsonb` takes. */
export function cleanJson(value: unknown): string {
  return JSON.stringify(value, (_, inner) => (typeof inner === 'string' ? cleanText(inner) : inner));
}
