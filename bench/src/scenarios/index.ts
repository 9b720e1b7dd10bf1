import type { Scenario } from '../bench/scenario.js';
import { mutation } from './mutation.js';
import { burst, latency, steady } from './steady.js';

/** All that can be asked for by name, but `floor`, which needs no cluster. */
export const SCENARIOS: readonly Scenario[] = [steady, burst, latency, mutation];
