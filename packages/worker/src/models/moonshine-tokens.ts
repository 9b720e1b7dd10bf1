import { ModelError } from './model-error.js';

/**
 * Turns Moonshine's `tokenizer.bin` into the `tokens.txt` that sherpa-onnx reads. The first holds the tokens one
 * behind the other, each as its length and its bytes; a length of 128 or more takes two bytes, low seven bits first.
 * The second has one line a token: its bytes in base64, a space, its number.
 *
 * @throws ModelError when the file ends inside of a token.
 */
export function moonshineTokens(tokenizer: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < tokenizer.length; ) {
    let length = tokenizer[at++]!;
    if (length >= 128) length += 128 * (tokenizer[at++] ?? 0) - 128;
    const token = Buffer.from(tokenizer.subarray(at, at + length));
    if (token.length < length) throw new ModelError('the tokenizer ends inside of a token');
    lines.push(`${token.toString('base64')} ${lines.length}\n`);
    at += length;
  }
  return lines.join('');
}
