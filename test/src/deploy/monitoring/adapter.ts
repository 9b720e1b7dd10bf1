import { join } from 'node:path';
import { PROMETHEUS_FOLDER, readYaml } from './rule-files.js';

interface AdapterRule {
  readonly seriesQuery: string;
  readonly name: { readonly matches: string; readonly as: string };
}

interface AdapterConfig {
  readonly rules: readonly AdapterRule[];
  readonly externalRules: readonly AdapterRule[];
}

/** The metrics that prometheus-adapter makes of these series, as autoscalers name them. */
export function adapterMetrics(series: readonly string[]): { pods: string[]; external: string[] } {
  const config = readYaml<AdapterConfig>(join(PROMETHEUS_FOLDER, 'adapter.yaml'));
  const named = (rules: readonly AdapterRule[]): string[] =>
    rules.flatMap(({ seriesQuery, name }) => {
      const pattern = new RegExp(`^(?:${/__name__=~"([^"]+)"/.exec(seriesQuery)?.[1] ?? '-'})$`);
      const found = series.filter((each) => pattern.test(each));
      return found.map((each) =>
        each.replace(new RegExp(name.matches), name.as.replace(/\$\{(\d)\}/g, '$$$1')),
      );
    });
  return { pods: named(config.rules), external: named(config.externalRules) };
}
