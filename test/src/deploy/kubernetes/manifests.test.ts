import { type Cluster, startCluster } from '@tributary/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Autoscaler,
  type Container,
  environmentOf,
  type KubernetesObject,
  OVERLAYS,
  ofKind,
  overlay,
  quantity,
  type ScaledObject,
  type Workload,
  workloads,
} from './objects.js';
import { type Role, settingsOf } from './service-settings.js';

const ROLES: readonly Role[] = ['gateway', 'router', 'worker'];
const MIB = 2 ** 20;

function deployment(objects: readonly KubernetesObject[], role: Role): Workload & { container: Container } {
  const found = ofKind<Workload>(objects, 'Deployment').find(({ metadata }) => metadata.name === role);
  const container = found?.spec.template.spec.containers.find(({ name }) => name === role);
  if (found === undefined || container === undefined) throw new Error(`no Deployment ${role}`);
  return { ...found, container };
}

describe.each(OVERLAYS)('overlay %s', (name) => {
  let objects: KubernetesObject[];
  beforeAll(async () => {
    objects = await overlay(name);
  });

  test.each(ROLES)(
    'gives the %s settings that it accepts, and the ports that it then listens on',
    async (role) => {
      const { container } = deployment(objects, role);
      const settings = await settingsOf(role, environmentOf(container, objects));
      const ports = { http: settings.PORT, admin: settings.ADMIN_PORT };
      const given = (container.ports ?? []).map((port) => [port.name, port.containerPort]);
      expect(Object.fromEntries(given)).toEqual(role === 'gateway' ? ports : { admin: ports.admin });
      for (const probe of [container.startupProbe, container.readinessProbe, container.livenessProbe])
        expect(probe?.httpGet?.port).toBe('admin');
    },
  );

  test('every pod is confined', () => {
    for (const { metadata, spec } of workloads(objects)) {
      const pod = spec.template.spec;
      expect(pod, metadata.name).toMatchObject({
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      });
      for (const container of pod.containers)
        expect(container.securityContext, container.name).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
    }
  });

  test('a gateway is given the time that it needs to drain', async () => {
    const { container, spec } = deployment(objects, 'gateway');
    const [command, seconds] = container.lifecycle?.preStop?.exec.command ?? [];
    expect(command).toBe('sleep');
    const { DRAIN_MS } = await settingsOf('gateway', environmentOf(container, objects));
    const needed = Number(seconds) + Number(DRAIN_MS) / 1_000;
    expect(spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(needed + 10);
  });

  test('memory limits hold what the settings allow to be kept', async () => {
    const limitOf = (role: Role): number =>
      quantity(deployment(objects, role).container.resources.limits.memory ?? '');
    const gateway = await settingsOf(
      'gateway',
      environmentOf(deployment(objects, 'gateway').container, objects),
    );
    expect(limitOf('gateway')).toBeGreaterThanOrEqual(
      128 * MIB + Number(gateway.MAX_GATEWAY_IN_FLIGHT_BYTES),
    );
    const worker = await settingsOf(
      'worker',
      environmentOf(deployment(objects, 'worker').container, objects),
    );
    const children = Number(worker.ENGINE_PROCESSES) * 256 * MIB;
    expect(children).toBeGreaterThan(0);
    expect(limitOf('worker')).toBeGreaterThanOrEqual(
      256 * MIB + children + Number(worker.WORKER_BUFFER_BYTES),
    );
  });

  test('what is named exists', () => {
    const names = (kind: string): string[] => ofKind(objects, kind).map(({ metadata }) => metadata.name);
    for (const { metadata, spec } of workloads(objects)) {
      const pod = spec.template.spec;
      if (pod.serviceAccountName !== undefined)
        expect(names('ServiceAccount')).toContain(pod.serviceAccountName);
      for (const { secret } of pod.volumes ?? [])
        if (secret !== undefined && secret.secretName !== 'tributary-secrets')
          expect(names('Secret'), metadata.name).toContain(secret.secretName);
      if (spec.selector !== undefined)
        expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
      for (const container of pod.containers) expect(container.image).toMatch(/^[a-z/]+:[\w.-]+$/);
    }
    type Selecting = KubernetesObject & { spec: { selector: { matchLabels: Record<string, string> } } };
    for (const { metadata, spec } of ofKind<Selecting>(objects, 'PodDisruptionBudget'))
      expect(deployment(objects, metadata.name as Role).spec.template.metadata.labels).toMatchObject(
        spec.selector.matchLabels,
      );
    for (const { spec } of ofKind<Autoscaler>(objects, 'HorizontalPodAutoscaler', 'ScaledObject')) {
      const { spec: scaled } = deployment(objects, spec.scaleTargetRef.name as Role);
      expect(scaled.replicas, 'the autoscaler decides').toBeUndefined();
    }
    const namespaces = new Set(
      objects.map(({ kind, metadata }) => (kind === 'Namespace' ? metadata.name : metadata.namespace)),
    );
    expect(namespaces.size).toBe(1);
  });

  test('autoscalers never ask for more workers than there are shards', async () => {
    const { SHARDS } = await settingsOf(
      'worker',
      environmentOf(deployment(objects, 'worker').container, objects),
    );
    for (const { metadata, spec } of ofKind<Autoscaler>(objects, 'HorizontalPodAutoscaler'))
      if (metadata.name !== 'gateway') expect(spec.maxReplicas).toBeLessThanOrEqual(Number(SHARDS));
  });
});

test('KEDA scales by the same numbers', async () => {
  const autoscalers = ofKind<Autoscaler>(await overlay('prod'), 'HorizontalPodAutoscaler');
  const scaledObjects = ofKind<ScaledObject>(await overlay('prod-keda'), 'ScaledObject');
  const fromKeda = scaledObjects.map(({ metadata, spec }) => ({
    name: metadata.name,
    range: [spec.minReplicaCount, spec.maxReplicaCount],
    metrics: spec.triggers.map(({ metricType, metadata: { query, threshold } }) => ({
      name: /:(\w+):/.exec(query)?.[1],
      type: metricType,
      threshold: quantity(threshold),
    })),
    behavior: spec.advanced.horizontalPodAutoscalerConfig.behavior,
  }));
  const fromAutoscalers = autoscalers.map(({ metadata, spec }) => ({
    name: metadata.name,
    range: [spec.minReplicas, spec.maxReplicas],
    metrics: spec.metrics.map(({ pods, external }) => {
      const { metric, target } = (pods ?? external)!;
      return {
        name: metric.name,
        type: target.type,
        threshold: quantity(target.averageValue ?? target.value ?? ''),
      };
    }),
    behavior: spec.behavior,
  }));
  expect(fromKeda).toEqual(fromAutoscalers);
  expect(fromKeda).toHaveLength(3);
});

test('the ingress outlasts a quiet socket and pins no client to a gateway', async () => {
  const objects = await overlay('prod');
  const [ingress] = ofKind(objects, 'Ingress');
  const { IDLE_TIMEOUT_MS } = await settingsOf(
    'gateway',
    environmentOf(deployment(objects, 'gateway').container, objects),
  );
  const annotations = ingress?.metadata.annotations ?? {};
  for (const name of ['proxy-read-timeout', 'proxy-send-timeout'])
    expect(Number(annotations[`nginx.ingress.kubernetes.io/${name}`]) * 1_000).toBeGreaterThan(
      Number(IDLE_TIMEOUT_MS),
    );
  expect(Object.keys(annotations).filter((name) => name.includes('affinity'))).toEqual([]);
});

describe('beside running processes', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({ env: { ENGINE: 'synthetic' } });
  });
  afterAll(async () => {
    await cluster?.stop();
  });

  test.each(ROLES)('the probes of the %s are answered', async (role) => {
    const { container } = deployment(await overlay('prod'), role);
    const url = { gateway: cluster.gateways, router: cluster.routers, worker: cluster.workers }[role][0]?.url;
    for (const probe of [container.startupProbe, container.readinessProbe, container.livenessProbe])
      expect((await fetch(`${url}${probe?.httpGet?.path}`)).status).toBe(200);
  });

  test('the ingress leads to paths that the gateway has', async () => {
    type Rules = { spec: { rules: { http: { paths: { path: string }[] } }[] } };
    const [ingress] = ofKind<KubernetesObject & Rules>(await overlay('prod'), 'Ingress');
    const paths = ingress?.spec.rules.flatMap(({ http }) => http.paths.map(({ path }) => path));
    expect(paths).toContain(new URL(cluster.socketUrl).pathname);
    expect(paths).toContain('/api/v1');
    expect((await fetch(`${cluster.url}/api/v1/health`)).status).toBe(200);
  });
});
