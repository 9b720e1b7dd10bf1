import type { HpaSpec, ScalingRules } from './hpa-spec.js';

/** Something that happened to the number of replicas, or was recommended. */
export interface Noted {
  readonly atSeconds: number;
  readonly replicas: number;
}

/** What an autoscaler remembers from one round to the next. */
export interface Memory {
  /** What the metrics called for. */
  readonly recommendations: readonly Noted[];
  /** By how many replicas it was scaled. */
  readonly ups: readonly Noted[];
  readonly downs: readonly Noted[];
}

export const NO_MEMORY: Memory = { recommendations: [], ups: [], downs: [] };

/**
 * What becomes of a recommendation: the least of the window before scaling up, the most before scaling down, then no
 * more in a period than the policies allow, and never outside of the range. As `behavior` of `autoscaling/v2` says.
 */
export function shape(
  spec: HpaSpec,
  memory: Memory,
  current: number,
  recommended: number,
  nowSeconds: number,
): number {
  const stable = stabilise(spec, memory, current, recommended, nowSeconds);
  if (stable > current) {
    const limit = Math.max(current, mostAllowed(spec.scaleUp, memory, current, nowSeconds));
    return Math.min(stable, limit, spec.maxReplicas);
  }
  if (stable < current) {
    const limit = Math.min(current, leastAllowed(spec.scaleDown, memory, current, nowSeconds));
    return Math.max(stable, limit, spec.minReplicas);
  }
  return current;
}

function stabilise(
  { scaleUp, scaleDown }: HpaSpec,
  { recommendations }: Memory,
  current: number,
  recommended: number,
  nowSeconds: number,
): number {
  const within = (seconds: number): number[] => [
    recommended,
    ...since(recommendations, nowSeconds - seconds).map(({ replicas }) => replicas),
  ];
  const up = Math.min(...within(scaleUp.stabilizationWindowSeconds));
  const down = Math.max(...within(scaleDown.stabilizationWindowSeconds));
  if (current < up) return up;
  return Math.min(current, down);
}

function mostAllowed(rules: ScalingRules, memory: Memory, current: number, nowSeconds: number): number {
  const limits = rules.policies.map(({ type, value, periodSeconds }) => {
    const before = atStartOfPeriod(memory, current, nowSeconds - periodSeconds);
    return type === 'Pods' ? before + value : Math.ceil(before * (1 + value / 100));
  });
  if (rules.selectPolicy === 'Disabled') return current;
  return rules.selectPolicy === 'Max' ? Math.max(...limits) : Math.min(...limits);
}

function leastAllowed(rules: ScalingRules, memory: Memory, current: number, nowSeconds: number): number {
  const limits = rules.policies.map(({ type, value, periodSeconds }) => {
    const before = atStartOfPeriod(memory, current, nowSeconds - periodSeconds);
    return type === 'Pods' ? before - value : Math.floor(before * (1 - value / 100));
  });
  if (rules.selectPolicy === 'Disabled') return current;
  return rules.selectPolicy === 'Max' ? Math.min(...limits) : Math.max(...limits);
}

/** How many replicas there were when the period began. */
function atStartOfPeriod({ ups, downs }: Memory, current: number, fromSeconds: number): number {
  const total = (events: readonly Noted[]): number =>
    since(events, fromSeconds).reduce((sum, { replicas }) => sum + replicas, 0);
  return current - total(ups) + total(downs);
}

function since(events: readonly Noted[], fromSeconds: number): readonly Noted[] {
  return events.filter(({ atSeconds }) => atSeconds > fromSeconds);
}
