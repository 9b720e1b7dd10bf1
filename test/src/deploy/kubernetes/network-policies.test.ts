import { expect, test } from 'vitest';
import { allows, type NetworkPolicy } from './network-policies.js';
import { type KubernetesObject, OVERLAYS, ofKind, overlay, type Workload, workloads } from './objects.js';

const REDIS = [6379, 26_379];
const POSTGRES = [5432];
const TRACES = [4318];

/** Ports of the outside world that each of our pods has to reach, and no others of these. */
const NEEDED: Readonly<Record<string, readonly number[]>> = {
  gateway: [...REDIS, ...POSTGRES, ...TRACES],
  router: [...REDIS, ...POSTGRES, ...TRACES],
  worker: [...REDIS, ...TRACES],
  migrate: [...POSTGRES],
};

type Objects = readonly KubernetesObject[];

function labelsOf(objects: Objects, name: string): Readonly<Record<string, string>> {
  const found = workloads(objects).find(({ metadata }) => metadata.name === name);
  if (found === undefined) throw new Error(`nothing runs ${name}`);
  return found.spec.template.metadata.labels;
}

const policiesOf = (objects: Objects): NetworkPolicy[] => ofKind<NetworkPolicy>(objects, 'NetworkPolicy');

test.each(OVERLAYS)('overlay %s lets pods reach what they need and nothing else', async (name) => {
  const objects = await overlay(name);
  const policies = policiesOf(objects);
  for (const [role, needed] of Object.entries(NEEDED)) {
    const labels = labelsOf(objects, role);
    const reached = [...REDIS, ...POSTGRES, ...TRACES, 22, 443].filter((port) =>
      allows(policies, labels, 'Egress', port),
    );
    expect(reached, role).toEqual([...needed]);
    for (const protocol of ['UDP', 'TCP'])
      expect(allows(policies, labels, 'Egress', 53, protocol)).toBe(true);
  }
});

test.each(OVERLAYS)('overlay %s lets clients and Prometheus in, to the ports that they use', async (name) => {
  const objects = await overlay(name);
  const policies = policiesOf(objects);
  for (const role of ['gateway', 'router', 'worker']) {
    const labels = labelsOf(objects, role);
    const open = ['http', 'admin', 'other'].filter((port) => allows(policies, labels, 'Ingress', port));
    expect(open, role).toEqual(role === 'gateway' ? ['http', 'admin'] : ['admin']);
  }
  expect(allows(policies, labelsOf(objects, 'migrate'), 'Ingress', 'admin')).toBe(false);
});

test('every node of a Redis Cluster can be reached', async () => {
  const objects = await overlay('redis-cluster');
  for (const role of ['gateway', 'router', 'worker'])
    for (const port of [6379, 7000, 7008, 7015])
      expect(allows(policiesOf(objects), labelsOf(objects, role), 'Egress', port)).toBe(true);
});

test('the stores of the dev overlay are reached under the names and ports of its Secret', async () => {
  type Service = KubernetesObject & { spec: { selector: object; ports: { port: number }[] } };
  const objects = await overlay('dev');
  const secret = ofKind(objects, 'Secret').find(({ metadata }) => /^tributary-secrets/.test(metadata.name));
  const urls = Object.values(secret?.data ?? {}).map(
    (value) => new URL(Buffer.from(value, 'base64').toString()),
  );
  expect(urls).toHaveLength(2);
  for (const { hostname, port } of urls) {
    const service = ofKind<Service>(objects, 'Service').find(({ metadata }) => metadata.name === hostname);
    expect(service?.spec.ports[0]?.port).toBe(Number(port));
    const store = ofKind<Workload>(objects, 'StatefulSet').find(({ metadata }) => metadata.name === hostname);
    expect(store?.spec.template.metadata.labels).toMatchObject(service?.spec.selector ?? { none: 'none' });
  }
});
