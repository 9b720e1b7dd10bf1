import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** What a HorizontalPodAutoscaler says about one metric. */
export interface MetricSpec {
  /** `pods`: the mean over the pods is compared. `external`: one value, compared as it is. */
  readonly source: 'pods' | 'external';
  readonly name: string;
  readonly target: number;
}

export interface ScalingPolicy {
  readonly type: 'Pods' | 'Percent';
  readonly value: number;
  readonly periodSeconds: number;
}

export interface ScalingRules {
  readonly stabilizationWindowSeconds: number;
  readonly policies: readonly ScalingPolicy[];
  /** Which policy counts: the one that allows most, the one that allows least, or none at all. */
  readonly selectPolicy: 'Max' | 'Min' | 'Disabled';
}

/** The part of an autoscaler's manifest that decides. */
export interface HpaSpec {
  readonly target: string;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly metrics: readonly MetricSpec[];
  readonly scaleUp: ScalingRules;
  readonly scaleDown: ScalingRules;
}

interface Manifest {
  readonly spec: {
    readonly scaleTargetRef: { readonly name: string };
    readonly minReplicas: number;
    readonly maxReplicas: number;
    readonly metrics: readonly ManifestMetric[];
    readonly behavior: {
      readonly scaleUp: Partial<ScalingRules>;
      readonly scaleDown: Partial<ScalingRules>;
    };
  };
}

interface ManifestMetric {
  readonly type: string;
  readonly pods?: ManifestTarget;
  readonly external?: ManifestTarget;
}

interface ManifestTarget {
  readonly metric: { readonly name: string };
  readonly target: { readonly type: string; readonly averageValue?: string; readonly value?: string };
}

/**
 * Reads an `autoscaling/v2` manifest.
 *
 * @throws Error when it uses what this controller does not know: then its outcome would say nothing about the manifest.
 */
export function readHpa(path: string): HpaSpec {
  const { spec } = parse(readFileSync(path, 'utf8')) as Manifest;
  return {
    target: spec.scaleTargetRef.name,
    minReplicas: spec.minReplicas,
    maxReplicas: spec.maxReplicas,
    metrics: spec.metrics.map(readMetric),
    scaleUp: completeRules(spec.behavior.scaleUp, 0),
    scaleDown: completeRules(spec.behavior.scaleDown, 300),
  };
}

function readMetric(metric: ManifestMetric): MetricSpec {
  const { type, pods, external } = metric;
  if (type === 'Pods' && pods?.target.type === 'AverageValue')
    return { source: 'pods', name: pods.metric.name, target: quantity(pods.target.averageValue) };
  if (type === 'External' && external?.target.type === 'Value')
    return { source: 'external', name: external.metric.name, target: quantity(external.target.value) };
  throw new Error(`metrics of type ${type} with such a target are not known here`);
}

function completeRules(rules: Partial<ScalingRules>, windowSeconds: number): ScalingRules {
  if (rules.policies === undefined) throw new Error('scaling rules without policies are not known here');
  return {
    stabilizationWindowSeconds: rules.stabilizationWindowSeconds ?? windowSeconds,
    policies: rules.policies,
    selectPolicy: rules.selectPolicy ?? 'Max',
  };
}

/** A Kubernetes quantity such as `350` or `700m`. */
function quantity(text: string | undefined): number {
  const [, digits, milli] = /^(\d+(?:\.\d+)?)(m?)$/.exec(String(text)) ?? [];
  if (digits === undefined) throw new Error(`${text} is no quantity known here`);
  return milli === 'm' ? Number(digits) / 1_000 : Number(digits);
}
