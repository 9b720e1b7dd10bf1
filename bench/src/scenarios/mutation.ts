import type { Check, Scenario } from '../bench/scenario.js';
import { MUTATIONS } from '../mutation/faults.js';
import { type MutationResult, runMutation } from '../mutation/run-mutation.js';
import { openTarget } from './speak.js';

const CLIENTS = 100;
const SECONDS = 20;
const PACE = 2;
const EVERY = 1_000;
const LATE_MS = 1_000;
const FINISH_MS = 5_000;

function check({ name, expected, complaints, segments, noticed }: MutationResult): Check {
  const got = Object.entries(complaints).map(([kind, count]) => `${kind} ${count}`);
  return {
    what: `${name}; ${segments} segments`,
    wanted: expected.length === 0 ? 'nothing' : expected.join(' or '),
    got: got.length === 0 ? 'nothing' : got.join(', '),
    ok: noticed,
    binding: true,
  };
}

/** Tests the tester: a proxy does one thing wrong in a thousand, and the load test has to notice each. */
export const mutation: Scenario = {
  name: 'mutation',
  about: 'tests the tester: one message in a thousand goes wrong, and that must be noticed',
  run: async (context) => {
    const { options, say } = context;
    const target = await openTarget(context);
    const checks: Check[] = [];
    for (const one of MUTATIONS) {
      const result = await runMutation(one, {
        socketUrl: target.socketUrls[0] ?? '',
        clients: options.connections ?? CLIENTS,
        seconds: (options.durationMs ?? SECONDS * 1_000) / 1_000,
        pace: options.pace ?? PACE,
        every: one.name.includes('final') ? EVERY / 10 : EVERY,
        seed: options.seed,
        lateMs: options.lateMs ?? LATE_MS,
        finishMs: FINISH_MS,
      });
      checks.push(check(result));
      say(`${result.noticed ? 'noticed' : 'NOT NOTICED'}: ${one.name}`);
    }
    return {
      about: `A proxy between the clients and a sound cluster changes one message in ${EVERY} (of final results, one in ${EVERY / 10}).`,
      measurement: null,
      checks,
      tables: [],
    };
  },
};
