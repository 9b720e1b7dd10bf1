import { readFileSync } from 'node:fs';
import type { PrometheusApi } from '@tributary/testkit';
import { parse } from 'yaml';
import type { MetricSpec } from './hpa/hpa-spec.js';
import type { Observation } from './hpa/propose.js';

interface AdapterRule {
  readonly seriesQuery: string;
  readonly name: { readonly matches: string; readonly as: string };
  readonly metricsQuery: string;
}

interface AdapterConfig {
  readonly rules: readonly AdapterRule[];
  readonly externalRules: readonly AdapterRule[];
}

/** Answers an autoscaler's questions as prometheus-adapter would: by the rules of its configuration. */
export class Adapter {
  readonly #config: AdapterConfig;
  readonly #prometheus: PrometheusApi;
  readonly #namespace: string;

  constructor(configFile: string, prometheus: PrometheusApi, namespace: string) {
    this.#config = parse(readFileSync(configFile, 'utf8')) as AdapterConfig;
    this.#prometheus = prometheus;
    this.#namespace = namespace;
  }

  /** What there is of a metric for these pods; null where there is nothing. */
  async observe({ source, name }: MetricSpec, pods: readonly string[]): Promise<Observation | null> {
    const rules = source === 'pods' ? this.#config.rules : this.#config.externalRules;
    for (const rule of rules) {
      const series = await this.#seriesOf(rule, name);
      if (series === undefined) continue;
      const matchers = [
        `namespace="${this.#namespace}"`,
        ...(source === 'pods' ? [`pod=~"${pods.join('|')}"`] : []),
      ];
      const query = fill(rule.metricsQuery, {
        Series: series,
        LabelMatchers: matchers.join(','),
        GroupBy: source === 'pods' ? 'pod' : 'namespace',
      });
      const values = await this.#prometheus.query(query);
      if (values.length === 0) return null;
      if (source === 'external') return { source, value: values[0]?.value ?? Number.NaN };
      return { source, values: new Map(values.map(({ labels, value }) => [labels.pod ?? '', value])) };
    }
    return null;
  }

  /** The series that a rule offers under this name. */
  async #seriesOf(rule: AdapterRule, name: string): Promise<string | undefined> {
    const found = await this.#prometheus.query(rule.seriesQuery);
    const names = new Set(found.map(({ labels }) => labels.__name__ ?? ''));
    return [...names].find((series) => offeredName(rule, series) === name);
  }
}

function offeredName({ name: { matches, as } }: AdapterRule, series: string): string {
  return series.replace(new RegExp(matches), as.replaceAll(/\$\{(\d)\}/g, '$$$1'));
}

function fill(template: string, parts: Readonly<Record<string, string>>): string {
  return template.replaceAll(/<<\.(\w+)>>/g, (_, key: string) => parts[key] ?? '');
}
