/** One value of a scrape. */
export interface Sample {
  /** As it stands in the scrape: of a histogram with `_bucket`, `_sum` or `_count`. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric with all its series. */
export interface MetricFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

const COMMENT = /^# (HELP|TYPE) (\S+) (.*)$/;
const SAMPLE = /^([A-Za-z_:][A-Za-z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([A-Za-z_][A-Za-z0-9_]*)="((?:[^"\\]|\\.)*)"/g;

/**
 * Reads Prometheus' text format as prom-client writes it: HELP, TYPE, then the samples of each metric.
 *
 * @throws Error naming a line that is none of these.
 */
export function parseExposition(text: string): MetricFamily[] {
  const families: { name: string; type: string; help: string; samples: Sample[] }[] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [, kind, name = '', rest = ''] = COMMENT.exec(line) ?? [];
    const last = families.at(-1);
    if (kind === 'HELP') families.push({ name, type: '', help: unescaped(rest), samples: [] });
    else if (kind === 'TYPE' && last?.name === name) last.type = rest;
    else last?.samples.push(parseSample(line));
  }
  return families;
}

function parseSample(line: string): Sample {
  const [, name, labels = '', value] = SAMPLE.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new Error(`not a line of a scrape: ${line}`);
  const pairs = [...labels.matchAll(LABEL)].map(([, label, text]) => [label, unescaped(text ?? '')]);
  return { name, labels: Object.fromEntries(pairs), value: toNumber(value) };
}

function toNumber(text: string): number {
  if (text === '+Inf' || text === '-Inf') return text === '+Inf' ? Number.POSITIVE_INFINITY : -Infinity;
  return text === 'Nan' || text === 'NaN' ? Number.NaN : Number(text);
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter));
}

/**
 * What a running service says at `/metrics`.
 *
 * @param url address of the service, such as `cluster.workers[0].url`.
 */
export async function scrape(url: string): Promise<MetricFamily[]> {
  const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(10_000) });
  if (!response.ok) throw new Error(`${url}/metrics answers ${response.status}`);
  return parseExposition(await response.text());
}

/** Sum of the samples of one name whose labels are as asked; 0 without any. */
export function sumOf(
  families: readonly MetricFamily[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  return families
    .flatMap((family) => family.samples)
    .filter((sample) => sample.name === name)
    .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
    .reduce((sum, sample) => sum + sample.value, 0);
}
