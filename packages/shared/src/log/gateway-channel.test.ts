import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ChannelMessage, channelLine, parseChannelPayload } from './gateway-channel.js';

const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

const heard = fc.constantFrom(
  { heardMs: undefined, trace: undefined },
  { heardMs: 1_790_000_000_123, trace: undefined },
  { heardMs: 1_790_000_000_123, trace: TRACE },
);

const rest = fc.record({
  kind: fc.constantFrom('event', 'partial', 'notice', 'hole', 'committed', 'taken', 'deleted'),
  sessionId: fc.stringMatching(/^[A-Za-z0-9_.:-]{1,64}$/),
  stamp: fc.tuple(fc.nat(), fc.stringMatching(/^[A-Za-z0-9_-]{1,16}$/)).map(([n, tag]) => `${n}.${tag}`),
  number: fc.nat(),
  json: fc.string().map((text) => JSON.stringify({ text })),
});

const message: fc.Arbitrary<ChannelMessage> = fc
  .tuple(rest, heard)
  .map(([fields, timed]) => ({ ...fields, ...timed }) as ChannelMessage);

test('what is put into lines comes out of them', () => {
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 10 }), (messages) => {
      const read: ChannelMessage[] = [];
      parseChannelPayload(messages.map(channelLine).join('\n'), (one) => read.push(one));
      expect(read).toEqual(messages);
    }),
  );
});

test('a line of an unknown kind, and one that is cut off, are passed over', () => {
  const read: ChannelMessage[] = [];
  parseChannelPayload('?|a|1.x|1|{}\nE|a|1.x\nE|a|1.x|7|{"at":"@"}', (one) => read.push(one));
  expect(read).toEqual([{ kind: 'event', sessionId: 'a', stamp: '1.x', number: 7, json: '{"at":"@"}' }]);
});
