import { join } from 'node:path';
import { WORKSPACE_FOLDER } from '@tributary/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide } from './autoscaler.js';
import { type Memory, NO_MEMORY } from './behaviour.js';
import { type HpaSpec, readHpa } from './hpa-spec.js';
import { type PodState, propose } from './propose.js';

const readyPods = (count: number): PodState[] =>
  Array.from({ length: count }, (_, n) => ({ name: `pod-${n}`, ready: true }));
const seen = (values: readonly number[]) => ({
  source: 'pods' as const,
  values: new Map(values.map((value, n) => [`pod-${n}`, value])),
});

describe('what a metric calls for', () => {
  // The examples of Kubernetes' documentation.
  test('twice the target doubles, half of it halves', () => {
    expect(propose(seen([200, 200]), 100, 2, readyPods(2))).toBe(4);
    expect(propose(seen([50, 50, 50, 50]), 100, 4, readyPods(4))).toBe(2);
  });

  test('a tenth more or less is nothing', () => {
    expect(propose(seen([110, 110]), 100, 2, readyPods(2))).toBe(2);
    expect(propose(seen([90, 90]), 100, 2, readyPods(2))).toBe(2);
    expect(propose(seen([111, 111]), 100, 2, readyPods(2))).toBe(3);
  });

  test('pods without the metric damp: as idle upwards, as on target downwards', () => {
    expect(propose(seen([300]), 100, 2, readyPods(2))).toBe(3);
    expect(propose(seen([150]), 100, 2, readyPods(2))).toBe(2);
    expect(propose(seen([0]), 100, 4, readyPods(4))).toBe(3);
    expect(propose(seen([]), 100, 2, readyPods(2))).toBeNull();
  });

  test('one value for all is compared as it is', () => {
    expect(propose({ source: 'external', value: 6 }, 2, 3, readyPods(3))).toBe(9);
    expect(propose({ source: 'external', value: 0 }, 2, 3, readyPods(3))).toBe(0);
    expect(propose({ source: 'external', value: Number.NaN }, 2, 3, readyPods(3))).toBeNull();
  });

  test('with all pods seen, it brings the mean to the target and not a pod too far', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 500 }),
        (values, target) => {
          const replicas = propose(seen(values), target, values.length, readyPods(values.length));
          const total = values.reduce((sum, value) => sum + value, 0);
          if (replicas === values.length) return;
          expect(total / (replicas ?? 0) <= target + 1e-6 || total === 0).toBe(true);
          expect((replicas ?? 0) <= 0 || total / ((replicas ?? 0) - 1) >= target - 1e-6).toBe(true);
        },
      ),
    );
  });
});

const SPEC: HpaSpec = {
  target: 'worker',
  minReplicas: 2,
  maxReplicas: 20,
  metrics: [
    { source: 'pods', name: 'busy', target: 0.5 },
    { source: 'external', name: 'age', target: 2 },
  ],
  scaleUp: {
    stabilizationWindowSeconds: 0,
    policies: [
      { type: 'Percent', value: 100, periodSeconds: 15 },
      { type: 'Pods', value: 4, periodSeconds: 15 },
    ],
    selectPolicy: 'Max',
  },
  scaleDown: {
    stabilizationWindowSeconds: 300,
    policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }],
    selectPolicy: 'Max',
  },
};

interface Step {
  /** Busy ratio that two pods would have; null where Prometheus does not answer. */
  readonly load: number | null;
  readonly age: number | null;
}

/** Plays rounds, 15 seconds apart, and gives the replicas after each. */
function play(spec: HpaSpec, steps: readonly Step[], from = spec.minReplicas): number[] {
  let replicas = from;
  let memory: Memory = NO_MEMORY;
  return steps.map(({ load, age }, n) => {
    const mean = load === null ? null : (load * 2) / replicas;
    const decision = decide(spec, memory, {
      nowSeconds: n * 15,
      currentReplicas: replicas,
      pods: readyPods(replicas),
      observations: [
        mean === null ? null : seen(Array.from({ length: replicas }, () => mean)),
        age === null ? null : { source: 'external', value: age },
      ],
    });
    replicas = decision.replicas;
    memory = decision.memory;
    return replicas;
  });
}

describe('what becomes of it', () => {
  test('upwards at once, as far as the wider of two policies goes', () => {
    expect(
      play(SPEC, [
        { load: 4.5, age: 0 },
        { load: 4.5, age: 0 },
        { load: 4.5, age: 0 },
      ]),
    ).toEqual([6, 12, 18]);
  });

  test('the larger of two metrics counts', () => {
    expect(play(SPEC, [{ load: 0, age: 4 }])).toEqual([4]);
    expect(play(SPEC, [{ load: 1, age: 0 }])).toEqual([4]);
  });

  test('downwards only when the whole window agrees, and then a pod a minute', () => {
    const high: Step = { load: 2, age: 0 };
    const low: Step = { load: 0, age: 0 };
    const replicas = play(SPEC, [high, high, ...Array.from({ length: 36 }, () => low)]);
    expect(replicas.slice(0, 21)).toEqual([6, 8, ...Array.from({ length: 19 }, () => 8)]);
    expect(replicas.slice(21)).toEqual([7, 7, 7, 7, 6, 6, 6, 6, 5, 5, 5, 5, 4, 4, 4, 4, 3]);
  });

  test('without a metric it may grow, not shrink', () => {
    expect(
      play(
        SPEC,
        Array.from({ length: 40 }, () => ({ load: 0, age: null })),
        6,
      ).at(-1),
    ).toBe(6);
    expect(play(SPEC, [{ load: 2, age: null }])).toEqual([6]);
    expect(play(SPEC, [{ load: null, age: null }])).toEqual([2]);
  });

  const anyStep = fc.record({
    load: fc.option(fc.double({ min: 0, max: 20, noNaN: true }), { nil: null }),
    age: fc.option(fc.double({ min: 0, max: 60, noNaN: true }), { nil: null }),
  });

  test('whatever comes: within the range, never faster than the policies, never down while it was needed', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 80 }), (steps) => {
        const replicas = [SPEC.minReplicas, ...play(SPEC, steps)];
        replicas.forEach((count, n) => {
          expect(count).toBeGreaterThanOrEqual(SPEC.minReplicas);
          expect(count).toBeLessThanOrEqual(SPEC.maxReplicas);
          const before = replicas[n - 1] ?? count;
          expect(count).toBeLessThanOrEqual(Math.max(before * 2, before + 4));
          expect(count).toBeGreaterThanOrEqual(before - 1);
          const minuteAgo = replicas[Math.max(0, n - 4)] ?? count;
          const rose = replicas
            .slice(Math.max(0, n - 4), n)
            .some((each, k, all) => k > 0 && each > (all[k - 1] ?? 0));
          if (!rose && n >= 4) expect(count).toBeGreaterThanOrEqual(minuteAgo - 1);
        });
      }),
    );
  });
});

test.each(['gateway', 'router', 'worker'])("the %s's manifest can be applied", (role) => {
  const spec = readHpa(join(WORKSPACE_FOLDER, `deploy/k8s/components/autoscale/${role}.yaml`));
  expect(spec.target).toBe(role);
  expect(spec.metrics.every(({ target }) => target > 0)).toBe(true);
});
