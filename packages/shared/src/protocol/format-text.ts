/** What is known of the text that a recogniser gives. */
export interface TextStyle {
  /** Language code such as `en` or `zh-CN`; null when it is not known. */
  language: string | null;
  /** The recogniser knows capitals only, as those trained on LibriSpeech do. */
  upperCase?: boolean;
}

/** Marks that some recognisers leave in their text: `<|zh|>`, `<unk>`. */
const MARKS = /<\|[^<>|]*\|>|<(?:unk|blk|s|\/s|sil|noise)>/gi;
/** White space and control characters, and the sign by which sub-word tokens mark the beginning of a word. */
const GAPS = /[\s\p{Cc}\u2581]+/gu;

/** Scripts without spaces between words, whose recognisers often put them between characters, and their punctuation. */
const CJK = String.raw`[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff00-\uffef]`;
const GAP_BESIDE_CJK = new RegExp(`(?<=${CJK}) | (?=${CJK})`, 'gu');

/** Languages whose text in lower case still wants a capital I; a Chinese-English recogniser is told `zh`. */
const ENGLISH = /^(en|zh|yue)\b/i;
const PRONOUN_I = /(?<![\p{L}\p{N}'’])i(?=$|['’](?:m|ll|ve|d|s)(?!\p{L})|[^\p{L}\p{N}'’])/gu;

/**
 * Text of one segment, or of one word, as it is delivered and stored: without marks of the recogniser, with single
 * spaces, with none beside Chinese and Japanese characters, and not in capitals only because the recogniser knows no
 * others. Pure, and does nothing to text that it has already formatted. What is between segments is `joinText`'s.
 */
export function formatText(text: string, { language, upperCase = false }: TextStyle): string {
  const plain = text.normalize('NFC').replace(MARKS, ' ').replace(GAPS, ' ').trim();
  const spaced = plain.replace(GAP_BESIDE_CJK, '');
  return upperCase ? lowered(spaced, language) : spaced;
}

function lowered(text: string, language: string | null): string {
  const code = /^[a-z]{2,3}/i.exec(language ?? '')?.[0];
  const lower = text.toLocaleLowerCase(code);
  return language === null || ENGLISH.test(language) ? lower.replace(PRONOUN_I, 'I') : lower;
}
