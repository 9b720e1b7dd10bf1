import { expect, it } from 'vitest';
import type { ChildRecogniser } from './listener.js';
import type { ChildMessage } from './pool-messages.js';
import { UtteranceServer } from './utterance-server.js';

/** A model that hears whole segments, and notes in `log` when it recognises. */
function wholeSegments(log: string[]): ChildRecogniser {
  return {
    interimShare: 0.5,
    listensAlong: false,
    open: async () => ({
      accept: async () => {},
      interim: async () => {
        log.push('recognises');
        return 'text';
      },
      finish: async () => ({ text: 'text' }),
      close: async () => {},
    }),
  };
}

it('what is recognised before its end counts as heard only then, so that it is charged for what that does', async () => {
  const log: string[] = [];
  const server = new UtteranceServer(wholeSegments(log), (message: ChildMessage) => {
    log.push(message.type === 'heard' ? `heard ${message.samples}` : message.type);
  });
  const pcm = new Int16Array(1_600);
  await server.take([{ type: 'open', id: 1, intervalMs: null, words: false, language: null, hotWords: [] }]);
  await server.take([{ type: 'audio', id: 1, pcm, mayEnd: false }]);
  expect(log).toEqual(['heard 1600']);
  await server.take([{ type: 'audio', id: 1, pcm, mayEnd: true }]);
  expect(log).toEqual(['heard 1600', 'recognises', 'heard 3200']);
});
