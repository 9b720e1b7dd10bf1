import { join } from 'node:path';
import { WORKSPACE_FOLDER } from '@tributary/testkit';
import { parseAllDocuments } from 'yaml';
import { kustomize } from './kubectl.js';

/** An object of the Kubernetes API, as far as these tests look into it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
}

export interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: string };
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly envFrom?: readonly { readonly configMapRef: { readonly name: string } }[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly lifecycle?: { readonly preStop?: { readonly exec: { readonly command: readonly string[] } } };
  readonly resources: {
    readonly requests: Readonly<Record<string, string>>;
    readonly limits: Readonly<Record<string, string>>;
  };
  readonly securityContext: {
    readonly allowPrivilegeEscalation: boolean;
    readonly readOnlyRootFilesystem: boolean;
    readonly capabilities: { readonly drop: readonly string[] };
  };
}

export interface PodSpec {
  readonly serviceAccountName?: string;
  readonly automountServiceAccountToken: boolean;
  readonly enableServiceLinks: boolean;
  readonly terminationGracePeriodSeconds?: number;
  readonly securityContext: {
    readonly runAsNonRoot: boolean;
    readonly seccompProfile: { readonly type: string };
  };
  readonly containers: readonly Container[];
  readonly volumes?: readonly {
    readonly secret?: { readonly secretName: string };
  }[];
}

/** What runs pods: a Deployment, a StatefulSet or a Job. */
export interface Workload extends KubernetesObject {
  readonly spec: {
    readonly replicas?: number;
    readonly selector?: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: PodSpec;
    };
  };
}

export interface ScalingTarget {
  readonly type: 'AverageValue' | 'Value';
  readonly averageValue?: string;
  readonly value?: string;
}

export interface Autoscaler extends KubernetesObject {
  readonly spec: {
    readonly scaleTargetRef: { readonly name: string };
    readonly minReplicas: number;
    readonly maxReplicas: number;
    readonly metrics: readonly {
      readonly pods?: { readonly metric: { readonly name: string }; readonly target: ScalingTarget };
      readonly external?: { readonly metric: { readonly name: string }; readonly target: ScalingTarget };
    }[];
    readonly behavior: unknown;
  };
}

export interface ScaledObject extends KubernetesObject {
  readonly spec: {
    readonly minReplicaCount: number;
    readonly maxReplicaCount: number;
    readonly triggers: readonly {
      readonly metricType: string;
      readonly metadata: { readonly query: string; readonly threshold: string };
    }[];
    readonly advanced: { readonly horizontalPodAutoscalerConfig: { readonly behavior: unknown } };
  };
}

export const OVERLAYS = ['dev', 'prod', 'prod-keda', 'redis-cluster'] as const;

const rendered = new Map<string, Promise<KubernetesObject[]>>();

/** All objects that an overlay makes. */
export function overlay(name: (typeof OVERLAYS)[number]): Promise<KubernetesObject[]> {
  let objects = rendered.get(name);
  if (objects === undefined) {
    objects = render(join(WORKSPACE_FOLDER, 'deploy/k8s/overlays', name));
    rendered.set(name, objects);
  }
  return objects;
}

/** All objects that a kustomization makes. */
export async function render(folder: string): Promise<KubernetesObject[]> {
  const documents = parseAllDocuments(await kustomize(folder));
  return documents.map((document) => document.toJS() as KubernetesObject);
}

export function ofKind<T extends KubernetesObject>(
  objects: readonly KubernetesObject[],
  ...kinds: readonly string[]
): T[] {
  return objects.filter(({ kind }) => kinds.includes(kind)) as T[];
}

export function workloads(objects: readonly KubernetesObject[]): Workload[] {
  return ofKind<Workload>(objects, 'Deployment', 'StatefulSet', 'Job');
}

/** The environment that a container gets, Secrets left out. */
export function environmentOf(
  container: Container,
  objects: readonly KubernetesObject[],
): Record<string, string> {
  const maps = (container.envFrom ?? []).map(({ configMapRef: { name } }) => {
    const map = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name);
    if (map?.data === undefined) throw new Error(`no ConfigMap ${name}`);
    return map.data;
  });
  const own = (container.env ?? []).map(({ name, value }) => [name, value] as const);
  return Object.assign({}, ...maps, Object.fromEntries(own)) as Record<string, string>;
}

/** A quantity such as `500m`, `2` or `192Mi` as a number. */
export function quantity(text: string): number {
  const [, digits, unit] = /^([\d.]+)(m|Ki|Mi|Gi)?$/.exec(text) ?? [];
  if (digits === undefined) throw new Error(`${text} is no quantity that these tests know`);
  if (unit === 'm') return Number(digits) / 1_000;
  const factors: Record<string, number> = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };
  return Number(digits) * (unit === undefined ? 1 : (factors[unit] ?? Number.NaN));
}
