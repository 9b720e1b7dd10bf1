import { type Cluster, startCluster } from '@tributary/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MUTATIONS } from './faults.js';
import { isNoticed, runMutation } from './run-mutation.js';

/*
 * A short selection of what `npm run bench -- mutation` does with every fault: a load test that cannot fail shows
 * nothing.
 */

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ env: { ENGINE: 'synthetic' } });
});
afterAll(async () => await cluster?.stop());

const CHOSEN = [
  'nothing is changed',
  'a result is dropped',
  'a text is changed by one digit',
  'two sessions get each other’s text',
  'a final text is cut short',
  'an acknowledgement is dropped',
];

it('a fault in the server is noticed, and soundness is too', async () => {
  const chosen = MUTATIONS.filter(({ name }) => CHOSEN.includes(name));
  expect(chosen).toHaveLength(CHOSEN.length);
  const results = await Promise.all(
    chosen.map((mutation) =>
      runMutation(mutation, {
        socketUrl: cluster.socketUrl,
        clients: 4,
        seconds: 2,
        pace: 4,
        every: 3,
        seed: 5,
        // Other tests run at the same time: lateness is not what is tested here.
        lateMs: 0,
        finishMs: 15_000,
      }),
    ),
  );
  for (const { name, expected, complaints, segments, noticed } of results) {
    expect(segments, name).toBeGreaterThan(0);
    expect({ noticed, complaints }, `${name}: ${expected}`).toMatchObject({ noticed: true });
  }
});

it('what is expected of each fault is said', () => {
  expect(MUTATIONS.filter(({ expected }) => expected.length > 0).length).toBeGreaterThanOrEqual(8);
  expect(isNoticed([], {})).toBe(true);
  expect(isNoticed([], { doubled: 1 })).toBe(false);
  expect(isNoticed(['doubled'], { wrong_text: 1 })).toBe(false);
  expect(isNoticed(['doubled', 'wrong_text'], { wrong_text: 1 })).toBe(true);
});
