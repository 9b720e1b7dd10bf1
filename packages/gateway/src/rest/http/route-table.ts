import { RequestFailure } from './failure.js';
import type { Request } from './request.js';
import type { Route } from './route.js';

export const API_PREFIX = '/api/v1';

export interface RouteMatch {
  route: Route;
  parameters: Record<string, string>;
}

/** Finds the route of a request. */
export class RouteTable {
  readonly #routes: readonly { route: Route; pattern: readonly string[] }[];

  constructor(routes: readonly Route[]) {
    this.#routes = routes.map((route) => ({ route, pattern: split(API_PREFIX + route.path) }));
  }

  /** Whether the path is one for which a key may be wanted, and is. */
  guarded(path: string): boolean {
    if (path !== API_PREFIX && !path.startsWith(`${API_PREFIX}/`)) return false;
    return !this.#matches(split(path)).some(({ route }) => route.open === true);
  }

  /** @throws RequestFailure 404 or 405 */
  find({ method, path }: Request): RouteMatch {
    const matches = this.#matches(split(path));
    const wanted = method === 'head' ? 'get' : method;
    const found = matches.find(({ route }) => route.method === wanted);
    if (found !== undefined) return found;
    if (matches.length === 0) throw new RequestFailure(404, 'not_found', 'there is no such route');
    const methods = matches.map(({ route }) => (route.method === 'get' ? 'GET, HEAD' : 'DELETE'));
    throw new RequestFailure(405, 'invalid_request', 'this route has no such method', {
      allow: [...methods, 'OPTIONS'].join(', '),
    });
  }

  #matches(parts: readonly string[]): RouteMatch[] {
    return this.#routes.flatMap(({ route, pattern }) => {
      const parameters = match(pattern, parts);
      return parameters === null ? [] : [{ route, parameters }];
    });
  }
}

function split(path: string): string[] {
  return path.split('/');
}

function match(pattern: readonly string[], parts: readonly string[]): Record<string, string> | null {
  if (pattern.length !== parts.length) return null;
  const parameters: Record<string, string> = {};
  for (const [i, expected] of pattern.entries()) {
    const part = parts[i] ?? '';
    if (!expected.startsWith('{')) {
      if (expected !== part) return null;
    } else if (part === '') return null;
    else parameters[expected.slice(1, -1)] = decode(part);
  }
  return parameters;
}

/** A part that is wrongly encoded is left as it is, for its schema to refuse. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
