import type { Scenario } from '../bench/scenario.js';
import { idle } from './idle.js';
import { latency } from './latency.js';
import { mutation } from './mutation.js';
import { overload } from './overload.js';
import { ramp } from './ramp.js';
import { rest } from './rest.js';
import { scale } from './scale.js';
import { shards } from './shards.js';
import { soak } from './soak.js';
import { burst, steady } from './steady.js';

/** All that can be asked for by name, but `floor`, which needs no cluster. */
export const SCENARIOS: readonly Scenario[] = [
  steady,
  ramp,
  burst,
  idle,
  overload,
  latency,
  soak,
  scale,
  rest,
  shards,
  mutation,
];
