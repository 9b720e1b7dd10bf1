import { type Memory, NO_MEMORY, type Noted, shape } from './behaviour.js';
import type { HpaSpec } from './hpa-spec.js';
import { type Observation, type PodState, propose } from './propose.js';

export interface Round {
  readonly nowSeconds: number;
  /** `spec.replicas` of the deployment. */
  readonly currentReplicas: number;
  readonly pods: readonly PodState[];
  /** One for each metric of the spec, in its order; null where the metric could not be had. */
  readonly observations: readonly (Observation | null)[];
}

export interface Decision {
  readonly replicas: number;
  /** What the metrics called for, before behaviour and range. */
  readonly recommended: number;
  readonly memory: Memory;
}

/** Nothing is remembered for longer than the longest window that `autoscaling/v2` allows. */
const MEMORY_SECONDS = 3_600;

/**
 * One round of a HorizontalPodAutoscaler. Pure. The largest proposal of all metrics counts; where a metric is missing
 * the others may scale up but not down.
 */
export function decide(spec: HpaSpec, memory: Memory = NO_MEMORY, round: Round): Decision {
  const { nowSeconds, currentReplicas, pods, observations } = round;
  const proposals = spec.metrics.map((metric, index) => {
    const observation = observations[index] ?? null;
    return observation === null ? null : propose(observation, metric.target, currentReplicas, pods);
  });
  const known = proposals.filter((proposal) => proposal !== null);
  const most = known.length === 0 ? currentReplicas : Math.max(...known);
  const recommended = known.length < proposals.length ? Math.max(most, currentReplicas) : most;
  const inRange = clamp(spec, recommended);
  const outside = clamp(spec, currentReplicas) !== currentReplicas;
  const replicas = outside
    ? clamp(spec, currentReplicas)
    : shape(spec, memory, currentReplicas, inRange, nowSeconds);
  const change = replicas - currentReplicas;
  const keep = (events: readonly Noted[], added: number | null): Noted[] => [
    ...events.filter(({ atSeconds }) => atSeconds > nowSeconds - MEMORY_SECONDS),
    ...(added === null ? [] : [{ atSeconds: nowSeconds, replicas: added }]),
  ];
  return {
    replicas,
    recommended,
    memory: {
      recommendations: keep(memory.recommendations, inRange),
      ups: keep(memory.ups, change > 0 ? change : null),
      downs: keep(memory.downs, change < 0 ? -change : null),
    },
  };
}

function clamp({ minReplicas, maxReplicas }: HpaSpec, replicas: number): number {
  return Math.min(maxReplicas, Math.max(minReplicas, replicas));
}
