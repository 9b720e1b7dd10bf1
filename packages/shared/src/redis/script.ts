import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RedisClient } from './redis-client.js';
import { untilAnswered } from './transient.js';

export type ScriptArgument = string | number | Buffer;

/** One Lua file of `packages/shared/lua`, sent by its hash and in full only when Redis does not know it yet. */
export class Script {
  readonly #text: string;
  readonly #sha: string;

  /** @param prepare makes what is sent of the file's text */
  constructor(name: string, prepare: (text: string) => string = (text) => text) {
    this.#text = prepare(readFileSync(new URL(`../../lua/${name}.lua`, import.meta.url), 'utf8'));
    this.#sha = createHash('sha1').update(this.#text).digest('hex');
  }

  /**
   * Runs the script, again and again while Redis is failing over: every script can be sent twice. Its reply is
   * what the file's header says.
   */
  async run(redis: RedisClient, keys: readonly string[], args: readonly ScriptArgument[]): Promise<unknown> {
    return await untilAnswered(redis, () => this.#send(redis, keys, args));
  }

  async #send(
    redis: RedisClient,
    keys: readonly string[],
    args: readonly ScriptArgument[],
  ): Promise<unknown> {
    try {
      return await redis.evalsha(this.#sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return await redis.eval(this.#text, keys.length, ...keys, ...args);
    }
  }
}
