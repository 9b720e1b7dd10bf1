import { Counter, type Registry } from 'prom-client';

/**
 * A counter with one label whose values are a closed set. All of them are there from the start, so that a first
 * occurrence is an increase and not a new series.
 */
export function createLabelledCounter<Label extends string>(
  registry: Registry,
  label: Label,
  values: readonly string[],
  { name, help }: { name: string; help: string },
): Counter<Label> {
  const counter = new Counter({ name, help, labelNames: [label], registers: [registry] });
  for (const value of values) counter.inc({ [label]: value } as Record<Label, string>, 0);
  return counter;
}
