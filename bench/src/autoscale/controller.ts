import type { Adapter } from './adapter.js';
import type { Fleet } from './fleet.js';
import { decide } from './hpa/autoscaler.js';
import { type Memory, NO_MEMORY } from './hpa/behaviour.js';
import type { HpaSpec } from './hpa/hpa-spec.js';

/** One round of one autoscaler. */
export interface RoundRecord {
  /** Since the start, in real time. */
  readonly atMs: number;
  readonly role: string;
  readonly recommended: number;
  readonly replicas: number;
  readonly ready: number;
}

/** How often Kubernetes' controller looks, unless told otherwise. */
const SYNC_SECONDS = 15;

/** One autoscaler at work on one role: asks, decides, scales. Time goes `speed` times as fast for it. */
export class Controller {
  readonly #spec: HpaSpec;
  readonly #fleet: Fleet;
  readonly #adapter: Adapter;
  readonly #speed: number;
  #memory: Memory = NO_MEMORY;

  constructor(spec: HpaSpec, fleet: Fleet, adapter: Adapter, speed: number) {
    this.#spec = spec;
    this.#fleet = fleet;
    this.#adapter = adapter;
    this.#speed = speed;
  }

  /** @param atMs since the start, in real time */
  async sync(atMs: number): Promise<RoundRecord> {
    const { pods, replicas: currentReplicas } = this.#fleet;
    const names = pods.map(({ name }) => name);
    const observations = await Promise.all(
      this.#spec.metrics.map(async (metric) => await this.#adapter.observe(metric, names)),
    );
    const { replicas, recommended, memory } = decide(this.#spec, this.#memory, {
      nowSeconds: (atMs / 1_000) * this.#speed,
      currentReplicas,
      pods,
      observations,
    });
    this.#memory = memory;
    this.#fleet.scaleTo(replicas);
    return { atMs, role: this.#fleet.role, recommended, replicas, ready: this.#fleet.ready.length };
  }
}

/** Real time between two rounds. */
export function syncPeriodMs(speed: number): number {
  return (SYNC_SECONDS * 1_000) / speed;
}
