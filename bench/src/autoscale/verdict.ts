import type { Follow } from './follow.js';

/** One thing that a run has to show. */
export interface Check {
  readonly what: string;
  readonly passed: boolean;
  readonly seen: string;
}

/** What a run came to. */
export interface RunFacts {
  readonly completed: number;
  readonly failures: readonly string[];
  readonly faults: readonly string[];
  readonly results: number;
  readonly resultP99Ms: number;
  readonly syncPeriodMs: number;
  readonly roles: readonly {
    readonly role: string;
    readonly minReplicas: number;
    readonly most: number;
    readonly last: number;
    readonly follows: readonly Follow[];
    /** It must have grown and shrunk. */
    readonly scales: boolean;
  }[];
}

const MOST_RESULT_MS = 1_000;
const MOST_PERIODS = 2;

/** Judges a run. Pure. */
export function judge(facts: RunFacts): Check[] {
  const { completed, failures, faults, results, resultP99Ms, syncPeriodMs } = facts;
  const limitMs = MOST_PERIODS * syncPeriodMs;
  return [
    {
      what: 'no session failed, and every text was right',
      passed: failures.length === 0 && completed > 0,
      seen: `${completed} completed, ${failures.length} failed${failures.length > 0 ? `: ${failures[0]}` : ''}`,
    },
    {
      what: 'every process started and stopped as it should',
      passed: faults.length === 0,
      seen: faults.length === 0 ? 'yes' : faults.join('; '),
    },
    {
      what: `99% of results within ${MOST_RESULT_MS} ms`,
      passed: results > 0 && resultP99Ms < MOST_RESULT_MS,
      seen: `p99 ${Math.round(resultP99Ms)} ms of ${results}`,
    },
    ...facts.roles
      .filter(({ scales }) => scales)
      .flatMap(({ role, minReplicas, most, last, follows }) => {
        const slowest = Math.max(...follows.map(({ tookMs }) => tookMs ?? Number.POSITIVE_INFINITY));
        return [
          {
            what: `${role}s grow with the load and go back to ${minReplicas}`,
            passed: most > minReplicas && last === minReplicas,
            seen: `up to ${most}, at the end ${last}`,
          },
          {
            what: `${role}s follow within two sync periods (${Math.round(limitMs)} ms)`,
            passed: follows.length > 0 && slowest <= limitMs,
            seen:
              follows.length === 0 ? 'never called for' : `${follows.length} times, ${slowestText(slowest)}`,
          },
        ];
      }),
  ];
}

function slowestText(slowestMs: number): string {
  return Number.isFinite(slowestMs)
    ? `the slowest after ${Math.round(slowestMs)} ms`
    : 'at least once not at all';
}
