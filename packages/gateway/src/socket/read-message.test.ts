import { Slabs } from '@tributary/shared';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeBase64 } from './decode-base64.js';
import { parseMessage } from './parse-message.js';
import { type Message, readMessage } from './read-message.js';

const slabs = new Slabs(64 * 1_024);
const id = '3f0e7c1e-51b4-4b8e-9a3e-0d5f1a2b3c4d';

/** The same without any short cut. */
function slowly(text: string): Message {
  const parsed = parseMessage(text);
  if (!parsed.ok || parsed.message.action !== 'chunk') return parsed as Message;
  const { action, session_id, chunk_index, audio_data } = parsed.message;
  return { ok: true, message: { action, session_id, chunk_index, audio: decodeBase64(audio_data, slabs) } };
}

const read = (text: string): Message => readMessage(Buffer.from(text), slabs);

test.each([
  ['as browsers write it', JSON.stringify],
  [
    'with spaces, as Python writes it',
    (value: object) => JSON.stringify(value, null, 1).replaceAll('\n', ''),
  ],
])('a chunk %s comes with its audio, whatever the order of its fields', (_how, write) => {
  const audio = Buffer.from(Array.from({ length: 3_200 }, (_, i) => (i * 7) % 256));
  const fields = {
    action: 'chunk',
    session_id: id,
    chunk_index: 7,
    audio_data: audio.toString('base64'),
    é: '语',
  };
  for (const order of [Object.entries(fields), Object.entries(fields).reverse()]) {
    const message = { action: 'chunk', session_id: id, chunk_index: 7, audio };
    expect(read(write(Object.fromEntries(order)))).toEqual({ ok: true, message });
  }
});

/** Text of JSON that a parser may take apart in more than one way: names twice, within each other, with escapes. */
const audioName = fc.constantFrom('"audio_data"', '"audio\\u005fdata"', '"audio_dat\\u0061"');
const name = fc.oneof(
  { weight: 3, arbitrary: audioName },
  { weight: 4, arbitrary: fc.constantFrom('"action"', '"session_id"', '"chunk_index"') },
  { weight: 1, arbitrary: fc.constantFrom('"x"', '"语"', '"\\"audio_data\\":\\""') },
);
const base64 = fc.base64String({ maxLength: 24 }).map((text) => `"${text}"`);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 2 },
    fc.oneof(
      base64,
      base64.map((text) => text.replaceAll('A', '\\u0041').replaceAll('/', '\\/')),
      fc.constantFrom(
        '"chunk"',
        '"start"',
        `"${id}"`,
        '0',
        '7',
        '-1',
        '1.5',
        'null',
        '"audio_data"',
        '""',
        '"AA\tA"',
      ),
      fc.json({ maxDepth: 1 }),
    ),
    fc.array(tie('any'), { maxLength: 2 }).map((all) => `[${all.join(',')}]`),
    tie('object'),
  ),
  object: fc
    .array(fc.tuple(name, fc.constantFrom(':', ' :', ': ', '\n:\t'), tie('any')), { maxLength: 6 })
    .map((fields) => `{${fields.map((field) => field.join('')).join(', ')}}`),
})) as { any: fc.Arbitrary<string>; object: fc.Arbitrary<string> };
/** Nearly a chunk: the sound fields and others in any order. */
const nearly = fc
  .tuple(
    base64,
    fc.array(fc.tuple(name, fc.constantFrom(':', ': '), value.any), { maxLength: 2 }),
    fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
  )
  .map(([audio, others, keys]) => {
    const sound = [
      ['"action"', ':', '"chunk"'],
      ['"session_id"', ':', `"${id}"`],
      ['"chunk_index"', ':', '3'],
      ['"audio_data"', ': ', audio],
    ];
    const fields = [...sound, ...others].map((field, i) => ({ text: field.join(''), key: keys[i] ?? 0 }));
    return `{${fields
      .sort((a, b) => a.key - b.key)
      .map(({ text }) => text)
      .join(',')}}`;
  });

const sound = `"action":"chunk","session_id":"${id}","chunk_index":3`;

test('the short way says the same as the long one', () => {
  let chunks = 0;
  fc.assert(
    fc.property(
      fc.oneof({ weight: 4, arbitrary: nearly }, { weight: 2, arbitrary: value.object }, fc.string()),
      fc.option(fc.tuple(fc.nat(), fc.constantFrom('', '"', '\\', '}', '\u0001', 'é')), { freq: 3 }),
      (text, change) => {
        // Now and then a character is another.
        const at = change === null ? 0 : change[0] % (text.length + 1);
        const said = change === null ? text : text.slice(0, at) + change[1] + text.slice(at + 1);
        const got = read(said);
        expect(got).toEqual(slowly(said));
        if (got.ok && got.message.action === 'chunk' && got.message.audio !== null) chunks++;
      },
    ),
    {
      numRuns: 3_000,
      examples: [
        // Another place is where the audio is, though this one has its name.
        [`{"audio\\u005fdata":"AAAA","x":{"audio_data":"BBBB"},${sound}}`, null],
        [`{"audio_data":"BBBB","audio\\u005fdata":"",${sound}}`, null],
        [`{"audio_data":"BBBB","audio_data":"",${sound}}`, null],
      ],
    },
  );
  expect(chunks).toBeGreaterThan(300);
});
