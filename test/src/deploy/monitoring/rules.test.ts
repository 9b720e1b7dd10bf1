import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { tempFolder } from '@tributary/testkit';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { documentText, expectCommitted } from '../../docs/committed-file.js';
import { RULE_FILES, type RuleTests, readYaml, ruleGroups, rules, ruleTestFiles } from './rule-files.js';

const run = promisify(execFile);

/** @throws Error with what promtool has to say. */
async function promtool(...args: string[]): Promise<string> {
  const { stdout } = await run('promtool', args);
  return stdout;
}

const alerts = rules().flatMap(({ alert, annotations }) =>
  alert === undefined ? [] : [{ alert, annotations }],
);

test('promtool finds nothing wrong with the rules', async () => {
  expect(await promtool('check', 'rules', ...RULE_FILES)).toContain('SUCCESS');
});

test.each(ruleTestFiles().map((path) => [basename(path), path]))('%s', async (_, path) => {
  await promtool('test', 'rules', path);
});

test.each(alerts)('$alert has a case in which it fires and one in which it must not', ({ alert }) => {
  const checks = ruleTestFiles()
    .flatMap((path) => readYaml<RuleTests>(path).tests)
    .map((each) => each.alert_rule_test.filter(({ alertname }) => alertname === alert));
  expect(checks.some((list) => list.some(({ exp_alerts }) => exp_alerts.length > 0))).toBe(true);
  expect(
    checks.some((list) => list.length > 0 && list.every(({ exp_alerts }) => exp_alerts.length === 0)),
  ).toBe(true);
});

test('an alert that fires too easily, or never, fails its test', async () => {
  const folder = await tempFolder('rules');
  try {
    const [recording, alerting] = await Promise.all(RULE_FILES.map((path) => readFile(path, 'utf8')));
    const tests = ruleTestFiles().find((path) => path.includes('redis-memory'))!;
    for (const [wrong, right] of [
      ['> 0.2', '> 0.6'],
      ['> 0.9', '> 0.6'],
    ] as const) {
      await writeFile(join(folder.path, 'recording.yaml'), recording!);
      await writeFile(join(folder.path, 'alerts.yaml'), alerting!.replace(right, wrong));
      const text = (await readFile(tests, 'utf8')).replaceAll('../', '');
      const copy = join(folder.path, 'test.yaml');
      await writeFile(copy, text);
      await expect(promtool('test', 'rules', copy)).rejects.toThrow();
    }
  } finally {
    await folder.remove();
  }
});

test.each(alerts)('$alert has a page that says what it means and what to do', ({ alert, annotations }) => {
  expect(annotations?.runbook_url).toMatch(/^docs\/runbook\/[a-z-]+\.md$/);
  const page = documentText(annotations?.runbook_url ?? '');
  expect(page).toContain(`Alert \`${alert}\``);
  for (const title of ['What it means', 'What to look at', 'What to do'])
    expect(page).toContain(`## ${title}\n`);
});

test('the Prometheus operator is given the same rules', () => {
  const object = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'tributary', labels: { 'app.kubernetes.io/name': 'tributary' } },
    spec: { groups: ruleGroups() },
  };
  const path = 'deploy/k8s/components/monitoring/rules.yaml';
  const note = '# Made from deploy/prometheus: UPDATE_DOCS=1 npx vitest run test/src/deploy/monitoring\n';
  expectCommitted(path, note + stringify(object, { lineWidth: 0 }));
});
