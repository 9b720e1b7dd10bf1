import { randomBytes } from 'node:crypto';
import type { LoadPlan, Mode } from '../load/load-messages.js';
import type { BenchOptions } from './options.js';

/** Far above what a healthy machine shows, far below what a person forgives. */
const LATE_MS = 1_000;
const FINISH_MS = 30_000;

/** What a scenario wants where the user says nothing. */
export interface PlanDefaults {
  readonly mode?: Mode;
  readonly pace?: number;
  readonly lateMs?: number;
  readonly finishMs?: number;
  readonly speaks?: boolean;
  readonly warmsUp?: boolean;
  /** Clients ask for interim text, where there is some. */
  readonly interim?: boolean;
}

export function loadPlan(
  options: BenchOptions,
  urls: readonly string[],
  defaults: PlanDefaults = {},
): LoadPlan {
  const pace = options.pace ?? defaults.pace ?? 1;
  const synthetic = options.engine === 'synthetic';
  return {
    urls,
    run: `bench-${randomBytes(5).toString('hex')}`,
    seed: options.seed,
    mode: options.mode ?? defaults.mode ?? 'short',
    chunkMs: options.chunkMs,
    pace,
    binary: options.binary,
    voice: synthetic ? 'noise' : 'speech',
    interim: !synthetic && (defaults.interim ?? false),
    speaks: defaults.speaks ?? true,
    // Who sends as fast as he can, or has his words really recognised, decides himself how long that takes.
    lateMs: options.lateMs ?? defaults.lateMs ?? (pace === 0 || !synthetic ? 0 : LATE_MS),
    warmsUp: defaults.warmsUp ?? false,
    finishMs: defaults.finishMs ?? FINISH_MS,
  };
}
