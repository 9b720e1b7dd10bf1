import type { KubernetesObject } from './objects.js';

interface Port {
  /** A number, or the name of a container's port. */
  readonly port: number | string;
  readonly endPort?: number;
  readonly protocol?: 'TCP' | 'UDP';
}

export interface NetworkPolicy extends KubernetesObject {
  readonly spec: {
    readonly podSelector: {
      readonly matchLabels?: Readonly<Record<string, string>>;
      readonly matchExpressions?: readonly {
        readonly key: string;
        readonly operator: 'In';
        readonly values: readonly string[];
      }[];
    };
    readonly policyTypes: readonly ('Ingress' | 'Egress')[];
    readonly ingress?: readonly { readonly from?: readonly unknown[]; readonly ports: readonly Port[] }[];
    readonly egress?: readonly { readonly to?: readonly unknown[]; readonly ports: readonly Port[] }[];
  };
}

/** Whether a policy is about pods with these labels. */
function selects(
  { spec: { podSelector } }: NetworkPolicy,
  labels: Readonly<Record<string, string>>,
): boolean {
  const { matchLabels = {}, matchExpressions = [] } = podSelector;
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, values }) => values.includes(labels[key] ?? ''))
  );
}

/**
 * Whether pods with these labels may send to a port of any address (`Egress`), or are reached at one by pods of the
 * cluster (`Ingress`), as Kubernetes adds policies up: whoever no policy selects may do all.
 */
export function allows(
  policies: readonly NetworkPolicy[],
  labels: Readonly<Record<string, string>>,
  direction: 'Ingress' | 'Egress',
  port: number | string,
  protocol = 'TCP',
): boolean {
  const about = policies.filter((each) => selects(each, labels) && each.spec.policyTypes.includes(direction));
  if (about.length === 0) return true;
  return about.some(({ spec }) => {
    const ports =
      direction === 'Ingress'
        ? (spec.ingress ?? []).flatMap((rule) => rule.ports)
        : (spec.egress ?? []).filter(({ to }) => to === undefined).flatMap((rule) => rule.ports);
    return ports.some(
      (each) =>
        (each.protocol ?? 'TCP') === protocol &&
        (each.port === port ||
          (typeof port === 'number' && Number(each.port) <= port && port <= (each.endPort ?? -1))),
    );
  });
}
