import { ChunkSchema } from '@tributary/shared';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { asChunk, parseMessage } from './parse-message.js';

const id = '3f0e7c1e-51b4-4b8e-9a3e-0d5f1a2b3c4d';

function resume(lastSeq: number): string {
  return `{"action":"resume","session_id":"${id}","resume_token":"a token of mine","last_seq":${lastSeq}}`;
}

test.each([
  ['{"action":"start"}', 'start'],
  [`{"action":"start","session_id":"${id}","user_id":"anonymous"}`, 'start'],
  [`{"action":"chunk","session_id":"${id}","chunk_index":0,"audio_data":"AAAA","extra":1}`, 'chunk'],
  [`{"action":"finish","session_id":"${id}"}`, 'finish'],
  [resume(0), 'resume'],
  [resume(1_000_000_000), 'resume'],
])('%s is understood', (text, action) => {
  const parsed = parseMessage(text);
  expect(parsed.ok && parsed.message.action).toBe(action);
});

test.each([
  ['', 'invalid_json'],
  ['{', 'invalid_json'],
  ['[]', 'invalid_message'],
  ['null', 'invalid_message'],
  ['"start"', 'invalid_message'],
  ['{}', 'unknown_action'],
  ['{"action":"dance"}', 'unknown_action'],
  ['{"action":"__proto__"}', 'unknown_action'],
  ['{"action":"start","session_id":"a{b"}', 'invalid_session_id'],
  ['{"action":"start","session_id":"a*"}', 'invalid_session_id'],
  ['{"action":"start","session_id":"a\\nb"}', 'invalid_session_id'],
  [`{"action":"start","session_id":"${'x'.repeat(10_240)}"}`, 'invalid_session_id'],
  ['{"action":"start","session_id":7}', 'invalid_session_id'],
  [`{"action":"chunk","session_id":"${id}","chunk_index":"0","audio_data":"AAAA"}`, 'invalid_message'],
  [`{"action":"chunk","session_id":"${id}","chunk_index":-1,"audio_data":"AAAA"}`, 'invalid_message'],
  [`{"action":"chunk","session_id":"${id}","chunk_index":0.5,"audio_data":"AAAA"}`, 'invalid_message'],
  [`{"action":"chunk","session_id":"${id}","chunk_index":0,"audio_data":[1]}`, 'invalid_message'],
  [`{"action":"chunk","chunk_index":0,"audio_data":"AAAA"}`, 'invalid_message'],
  [`{"action":"start","user_id":"${'u'.repeat(300)}"}`, 'invalid_message'],
  [resume(-1), 'invalid_message'],
  [resume(1_000_000_001), 'invalid_message'],
])('%s is refused', (text, code) => {
  const parsed = parseMessage(text);
  expect(parsed.ok ? 'ok' : parsed.code).toBe(code);
});

test('nothing that can be said makes it throw', () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void parseMessage(text)));
});

test('a chunk is sound by hand exactly when it is by its schema', () => {
  const odd = fc.oneof(
    fc.string(),
    fc.double(),
    fc.integer(),
    fc.constantFrom(
      null,
      undefined,
      true,
      [],
      {},
      'chunk',
      id,
      2 ** 53,
      2 ** 53 - 1,
      -0,
      -1,
      1.5,
      Number.NaN,
    ),
  );
  const field = (sound: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
    fc.oneof({ weight: 4, arbitrary: sound }, { weight: 1, arbitrary: odd });
  const message = fc.record(
    {
      action: field(fc.constant('chunk')),
      session_id: field(fc.stringMatching(/^[A-Za-z0-9_.:-]{1,64}$/)),
      chunk_index: field(fc.nat()),
      audio_data: field(fc.base64String()),
      extra: odd,
    },
    { requiredKeys: [] },
  );
  let sound = 0;
  fc.assert(
    fc.property(message, (value) => {
      const byHand = asChunk(value);
      const bySchema = ChunkSchema.safeParse(value);
      expect(byHand !== null).toBe(bySchema.success);
      if (bySchema.success) expect(byHand).toEqual(bySchema.data);
      sound += bySchema.success ? 1 : 0;
    }),
    { numRuns: 2_000 },
  );
  expect(sound).toBeGreaterThan(100);
});
