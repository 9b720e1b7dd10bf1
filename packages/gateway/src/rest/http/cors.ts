import type { Request } from './request.js';

const PREFLIGHT = {
  'access-control-allow-methods': 'GET, HEAD, DELETE, OPTIONS',
  'access-control-allow-headers': 'authorization, content-type, x-api-key',
  'access-control-max-age': '600',
};

/** Which other origins may read the API in a browser. */
export class Cors {
  readonly #origins: ReadonlySet<string>;

  /** @param setting `*`, nothing, or origins separated by commas. */
  constructor(setting: string) {
    this.#origins = new Set(
      setting
        .split(',')
        .map((origin) => origin.trim())
        .filter((origin) => origin !== ''),
    );
  }

  /** Headers of every answer. */
  headers({ headers: { origin } }: Request): Record<string, string> {
    const expose = { 'access-control-expose-headers': 'retry-after' };
    if (this.#origins.size === 0) return {};
    if (this.#origins.has('*')) return { 'access-control-allow-origin': '*', ...expose };
    if (!this.#origins.has(origin)) return { vary: 'origin' };
    return { 'access-control-allow-origin': origin, vary: 'origin', ...expose };
  }

  /** Headers of the answer to a preflight request. */
  preflight(request: Request): Record<string, string> {
    const headers = this.headers(request);
    return 'access-control-allow-origin' in headers ? { ...headers, ...PREFLIGHT } : headers;
  }
}
