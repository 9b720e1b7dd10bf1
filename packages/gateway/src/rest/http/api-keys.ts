import { createHash, timingSafeEqual } from 'node:crypto';
import { RequestFailure } from './failure.js';
import type { Request } from './request.js';

const BEARER = /^bearer +(\S+)$/i;

/**
 * The keys that open the API. Hashes are compared, of equal length and each to its end, so that the time a refusal
 * takes tells nothing about a key.
 */
export class ApiKeys {
  readonly #hashes: readonly Buffer[];

  constructor(keys: readonly string[]) {
    this.#hashes = keys
      .map((key) => key.trim())
      .filter((key) => key !== '')
      .map(hash);
  }

  /** False where everybody is let in. */
  get wanted(): boolean {
    return this.#hashes.length > 0;
  }

  /** @throws RequestFailure `unauthorized` */
  check(headers: Request['headers']): void {
    if (!this.wanted) return;
    const shown = BEARER.exec(headers.authorization)?.[1] ?? headers['x-api-key'];
    const given = hash(shown);
    let known = false;
    for (const each of this.#hashes) known = timingSafeEqual(each, given) || known;
    if (!known) throw new RequestFailure(401, 'unauthorized', undefined, { 'www-authenticate': 'Bearer' });
  }
}

function hash(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
