import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WORKSPACE_FOLDER } from '@tributary/testkit';
import { parse } from 'yaml';

export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly annotations?: { readonly summary: string; readonly runbook_url: string };
}

export interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

export interface RuleTests {
  readonly tests: readonly {
    readonly alert_rule_test: readonly {
      readonly alertname: string;
      readonly exp_alerts: readonly unknown[];
    }[];
  }[];
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }[];
}

export const PROMETHEUS_FOLDER = join(WORKSPACE_FOLDER, 'deploy/prometheus');
export const RULE_FILES = ['recording.yaml', 'alerts.yaml'].map((name) => join(PROMETHEUS_FOLDER, name));
const DASHBOARD_FOLDER = join(WORKSPACE_FOLDER, 'deploy/k8s/components/monitoring/dashboards');

export function readYaml<T>(path: string): T {
  return parse(readFileSync(path, 'utf8')) as T;
}

export function ruleGroups(): RuleFile['groups'] {
  return RULE_FILES.flatMap((path) => readYaml<RuleFile>(path).groups);
}

export function rules(): Rule[] {
  return ruleGroups().flatMap((group) => group.rules);
}

/** Paths of the rules' unit tests. */
export function ruleTestFiles(): string[] {
  const folder = join(PROMETHEUS_FOLDER, 'tests');
  return readdirSync(folder).map((name) => join(folder, name));
}

export function dashboards(): Dashboard[] {
  return readdirSync(DASHBOARD_FOLDER).map(
    (name) => JSON.parse(readFileSync(join(DASHBOARD_FOLDER, name), 'utf8')) as Dashboard,
  );
}
