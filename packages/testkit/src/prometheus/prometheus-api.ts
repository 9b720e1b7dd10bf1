/** One series of an answer, now. */
export interface QueriedValue {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One series of an answer, over time. */
export interface QueriedSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** Seconds since 1970, and the value then. */
  readonly points: readonly (readonly [number, number])[];
}

interface Answer<T> {
  readonly status: string;
  readonly error?: string;
  readonly data?: { readonly result: readonly T[] };
}

interface Labelled {
  readonly metric: Readonly<Record<string, string>>;
}

/** Asks a Prometheus over its HTTP API. */
export class PrometheusApi {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  /** What an expression is now. @throws Error with Prometheus' reason when it is none. */
  async query(expression: string): Promise<QueriedValue[]> {
    const result = await this.#ask<Labelled & { value: [number, string] }>('query', { query: expression });
    return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  /** What an expression was, from one moment to another, both in seconds since 1970. */
  async queryRange(
    expression: string,
    from: number,
    to: number,
    stepSeconds: number,
  ): Promise<QueriedSeries[]> {
    const result = await this.#ask<Labelled & { values: [number, string][] }>('query_range', {
      query: expression,
      start: String(from),
      end: String(to),
      step: String(stepSeconds),
    });
    return result.map(({ metric, values }) => ({
      labels: metric,
      points: values.map(([at, value]) => [at, Number(value)] as const),
    }));
  }

  async #ask<T>(what: string, parameters: Record<string, string>): Promise<readonly T[]> {
    const response = await fetch(`${this.url}/api/v1/${what}?${new URLSearchParams(parameters).toString()}`);
    const answer = (await response.json()) as Answer<T>;
    if (answer.status !== 'success' || answer.data === undefined)
      throw new Error(`Prometheus: ${answer.error ?? answer.status}: ${parameters.query}`);
    return answer.data.result;
  }
}
