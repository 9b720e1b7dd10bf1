import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Load } from '../load/load.js';
import type { LoadPlan } from '../load/load-messages.js';
import type { Mutation } from './faults.js';
import { MessageProxy } from './message-proxy.js';

export interface MutationRun {
  /** Address of a sound gateway's socket. */
  readonly socketUrl: string;
  readonly clients: number;
  readonly seconds: number;
  /** Times as fast as real time. */
  readonly pace: number;
  /** One message in so many is hit. */
  readonly every: number;
  readonly seed: number;
  readonly lateMs: number;
  readonly finishMs: number;
}

export interface MutationResult {
  readonly name: string;
  readonly expected: readonly string[];
  /** What the load test complained of, by kind. */
  readonly complaints: Readonly<Record<string, number>>;
  readonly segments: number;
  /** True when it said what it should have said. */
  readonly noticed: boolean;
}

/** Puts a sound server, made unsound by a proxy, under a load, and tells whether the load test noticed. */
export async function runMutation(mutation: Mutation, run: MutationRun): Promise<MutationResult> {
  const proxy = await MessageProxy.start(run.socketUrl, mutation.fault(run.every));
  let load: Load | undefined;
  try {
    const plan: LoadPlan = {
      urls: [proxy.url],
      run: `mutation-${randomBytes(5).toString('hex')}`,
      seed: run.seed,
      mode: 'short',
      chunkMs: 100,
      pace: run.pace,
      binary: false,
      voice: 'noise',
      interim: false,
      speaks: true,
      warmsUp: false,
      lateMs: run.lateMs,
      finishMs: run.finishMs,
    };
    load = await Load.start(plan, 1);
    load.setClients(run.clients, 200);
    await sleep(run.seconds * 1_000);
    await load.stop();
    const { complaints, counts } = load.totals;
    return {
      name: mutation.name,
      expected: mutation.expected,
      complaints,
      segments: counts.segments,
      noticed: isNoticed(mutation.expected, complaints),
    };
  } finally {
    await load?.kill();
    await proxy.close();
  }
}

/** Nothing may be said of what is sound; of what is not, at least one of the expected things. Pure. */
export function isNoticed(
  expected: readonly string[],
  complaints: Readonly<Record<string, number>>,
): boolean {
  if (expected.length === 0) return Object.keys(complaints).length === 0;
  return expected.some((kind) => (complaints[kind] ?? 0) > 0);
}
