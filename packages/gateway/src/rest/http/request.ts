import type { HttpRequest } from 'uWebSockets.js';

/** What is kept of a request: uWebSockets.js' own object is dead once the handler has returned. */
export interface Request {
  /** In lower case. */
  readonly method: string;
  /** As sent, not decoded. */
  readonly path: string;
  readonly query: string;
  /** Empty where a header was not sent. */
  readonly headers: Readonly<Record<'authorization' | 'x-api-key' | 'origin', string>>;
}

export function copyRequest(request: HttpRequest): Request {
  return {
    method: request.getMethod(),
    path: request.getUrl(),
    query: request.getQuery(),
    headers: {
      authorization: request.getHeader('authorization'),
      'x-api-key': request.getHeader('x-api-key'),
      origin: request.getHeader('origin'),
    },
  };
}
