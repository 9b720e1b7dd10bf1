import { waitFor } from '@tributary/testkit';
import { expect, it } from 'vitest';
import type { LoadPlan } from './load-messages.js';
import { NoiseLoop } from './noise.js';
import { Recorder } from './recorder.js';
import { SpokenSession } from './spoken-session.js';
import { SAMPLE_RATE_HZ } from './utterance.js';

/** Faster than people, so that much is due after a moment. */
const PLAN: LoadPlan = {
  urls: [],
  run: 'test',
  seed: 1,
  mode: 'long',
  chunkMs: 10,
  pace: 10,
  binary: false,
  voice: 'noise',
  interim: false,
  speaks: true,
  lateMs: 0,
  warmsUp: false,
  finishMs: 60_000,
};
const CHUNKS = 300;
const MOST_ON_THEIR_WAY = 32;

it('what became due behind a refusal goes out in a window, and not before the server is asked again', async () => {
  const sent: number[] = [];
  const session = new SpokenSession(
    {
      plan: PLAN,
      recorder: new Recorder(),
      send: (data) => {
        const { action, chunk_index: index } = JSON.parse(data.toString());
        if (action === 'chunk') sent.push(index);
      },
      wakeAt: () => undefined,
      ended: () => undefined,
      refused: () => undefined,
      moveElsewhere: () => undefined,
    },
    'a',
    'token',
    new NoiseLoop(1).utterance(0, (CHUNKS * SAMPLE_RATE_HZ) / 100),
    true,
  );
  const ack = (index: number): void =>
    session.message({
      type: 'ack',
      session_id: 'a',
      status: 'received',
      chunk_index: index,
      committed_through: -1,
    });
  const speaksUntil = (count: number): Promise<boolean> =>
    waitFor(
      () => {
        session.speak(performance.now());
        return sent.length >= count;
      },
      { what: `${count} chunks`, everyMs: 5 },
    );
  session.connected();
  session.message({ type: 'ack', session_id: 'a', status: 'session_started', resume_token: 'token' });

  await speaksUntil(2 * MOST_ON_THEIR_WAY);
  for (let i = 0; i < 5; i++) ack(i);
  session.message({ type: 'error', code: 'slow_down', message: '', chunk_index: 5, retry_after_ms: 100 });
  const before = sent.length;
  session.speak(performance.now());
  expect(sent.length).toBe(before);

  await speaksUntil(before + MOST_ON_THEIR_WAY);
  session.speak(performance.now());
  expect(sent.slice(before)).toEqual(Array.from({ length: MOST_ON_THEIR_WAY }, (_, i) => 5 + i));
  ack(5);
  expect(sent.slice(before + MOST_ON_THEIR_WAY)).toEqual([5 + MOST_ON_THEIR_WAY]);
});
