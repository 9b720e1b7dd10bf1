import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { tempFolder, WORKSPACE_FOLDER } from '@tributary/testkit';
import { describe, expect, test } from 'vitest';
import { type KubernetesObject, OVERLAYS, ofKind, overlay, render, type Workload } from './objects.js';
import { schemaProblems } from './schemas.js';

async function problemsOf(objects: readonly KubernetesObject[]): Promise<string[]> {
  const problems = await Promise.all(
    objects.map(async (object) =>
      (await schemaProblems(object)).map((problem) => `${object.kind} ${object.metadata.name}: ${problem}`),
    ),
  );
  return problems.flat();
}

describe('the schema check', () => {
  test('finds a field that is not in the schema, a wrong type and a kind that does not exist', async () => {
    const [deployment] = ofKind<Workload>(await overlay('prod'), 'Deployment');
    const { template } = deployment!.spec;
    const changed = (spec: object): KubernetesObject =>
      ({ ...deployment, spec: { ...deployment!.spec, template: { ...template, spec } } }) as KubernetesObject;
    expect(await schemaProblems(changed({ ...template.spec, terminationGracePeriod: 3 }))).toEqual([
      '.spec.template.spec.terminationGracePeriod: no such field',
    ]);
    expect(await schemaProblems(changed({ ...template.spec, containers: 'none' }))).toHaveLength(1);
    await expect(schemaProblems({ ...deployment!, kind: 'Deploymint' })).rejects.toThrow('Deploymint');
  });
});

test.each(OVERLAYS)('overlay %s is as the API wants it', async (name) => {
  expect(await problemsOf(await overlay(name))).toEqual([]);
});

test('so is an overlay whose workers have a GPU', async () => {
  const folder = await tempFolder('gpu');
  try {
    const path = (inside: string): string =>
      relative(folder.path, join(WORKSPACE_FOLDER, 'deploy/k8s', inside));
    const text = `resources: [${path('base')}]\ncomponents: [${path('components/worker-gpu')}]\n`;
    await writeFile(join(folder.path, 'kustomization.yaml'), text);
    const objects = await render(folder.path);
    expect(await problemsOf(objects)).toEqual([]);
    const worker = ofKind<Workload>(objects, 'Deployment').find(({ metadata }) => metadata.name === 'worker');
    expect(
      worker?.spec.template.spec.containers.map(({ resources }) => resources.limits['nvidia.com/gpu']),
    ).toEqual([undefined, 1]);
  } finally {
    await folder.remove();
  }
});
