/** A metric within this share of its target changes nothing (Kubernetes' default). */
export const TOLERANCE = 0.1;

/** What was seen of a metric. `pods`: by the name of each pod that has it. */
export type Observation =
  | { readonly source: 'pods'; readonly values: ReadonlyMap<string, number> }
  | { readonly source: 'external'; readonly value: number };

/** Pods of the scaled deployment that are not being deleted. */
export interface PodState {
  readonly name: string;
  readonly ready: boolean;
}

/**
 * How many replicas one metric calls for, by the algorithm that Kubernetes documents: `ceil(current × ratio)`, nothing
 * within the tolerance, and pods without the metric counted so that they damp the change: as idle when scaling up, as
 * on target when scaling down.
 *
 * @returns null where there is nothing to go by.
 */
export function propose(
  observation: Observation,
  target: number,
  currentReplicas: number,
  pods: readonly PodState[],
): number | null {
  if (observation.source === 'external') {
    const ready = pods.filter((pod) => pod.ready).length;
    const ratio = observation.value / target;
    if (!Number.isFinite(ratio)) return null;
    return withinTolerance(ratio) ? currentReplicas : Math.ceil(ratio * ready);
  }
  const present = pods.flatMap(({ name }) => {
    const value = observation.values.get(name);
    return value === undefined || !Number.isFinite(value) ? [] : [value];
  });
  if (present.length === 0) return null;
  const total = sum(present);
  const ratio = total / present.length / target;
  const missing = pods.length - present.length;
  if (missing === 0) return withinTolerance(ratio) ? currentReplicas : Math.ceil(ratio * present.length);
  const assumed = ratio > 1 ? 0 : target;
  const damped = (total + missing * assumed) / pods.length / target;
  const turned = (ratio > 1 && damped < 1) || (ratio < 1 && damped > 1);
  if (withinTolerance(damped) || turned) return currentReplicas;
  const replicas = Math.ceil(damped * pods.length);
  const wrongWay = ratio > 1 ? replicas < currentReplicas : replicas > currentReplicas;
  return wrongWay ? currentReplicas : replicas;
}

function withinTolerance(ratio: number): boolean {
  // A little more than the tolerance: 1.1 - 1 is not 0.1 in floating point.
  return Math.abs(ratio - 1) <= TOLERANCE + 1e-9;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
