import type { SessionRecord } from './load/session-record.js';
import type { Fault } from './oracle/delays.js';
import { type Findings, isClean } from './oracle/findings.js';
import type { Crash } from './world/keeper.js';
import type { Memory } from './world/memory.js';

/** What came of one scenario. */
export interface ScenarioResult {
  readonly scenario: string;
  readonly seed: number;
  readonly seconds: number;
  /** Sessions at a time. */
  readonly concurrent: number;
  /** Sessions in all. */
  readonly sessions: number;
  readonly faults: readonly (Fault & {
    /** How long the session that noticed it most was without text because of it; 0 when none noticed. */
    readonly worstRecoveryMs: number;
  })[];
  readonly acked: number;
  readonly segments: number;
  readonly findings: Findings;
  readonly longestPauseMs: number;
  readonly medianRecoveryMs: number;
  readonly worstRecoveryMs: number;
  /** The same over pauses into which no second fault fell. */
  readonly worstSingleRecoveryMs: number;
  readonly longestFinalWaitMs: number;
  /** Sums over the clients of all sessions. */
  readonly clients: Readonly<Record<string, number>>;
  /** What was done to clients, and what became of it. */
  readonly disturbed: Readonly<Record<string, number>>;
  /** Longest time that the clients' own event loop was busy. */
  readonly loadLagMs: number;
  readonly memoryBefore: Memory;
  readonly memoryAfter: Memory;
  /** What was held on to and should not have been, in words. */
  readonly memoryProblems: readonly string[];
  readonly crashes: readonly Crash[];
  /** Processes that were still there when everything had been stopped. */
  readonly leftBehind: readonly string[];
  /** The scenario itself went wrong. */
  readonly mishaps: readonly string[];
  /** All that is known of some sessions in which something was wrong. */
  readonly suspects: readonly SessionRecord[];
}

/** Whether nothing at all was wrong. */
export function passed(result: ScenarioResult): boolean {
  const { findings, crashes, leftBehind, memoryProblems, mishaps, sessions } = result;
  const others = [crashes, leftBehind, memoryProblems, mishaps];
  return isClean(findings) && others.every(({ length }) => length === 0) && sessions > 0;
}

/** Everything that was wrong, in words. */
export function complaints(result: ScenarioResult): string[] {
  const { findings, crashes, leftBehind, memoryProblems, mishaps, sessions } = result;
  return [
    ...mishaps,
    ...(sessions === 0 ? ['there was not a single session'] : []),
    ...crashes.map(({ name, how }) => `${name} ended by itself (${how})`),
    ...leftBehind.map((name) => `left behind: ${name}`),
    ...memoryProblems,
    ...findings.problems,
  ];
}
