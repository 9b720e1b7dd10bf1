import { isCluster, type RedisClient } from './redis-client.js';
import { Script, type ScriptArgument } from './script.js';
import { untilAnswered } from './transient.js';

/** Calls, and keys, that one EVALSHA carries at most, unless a single call has more: other clients of Redis wait for all of them. */
const MAX_CALLS = 64;
const MAX_KEYS = 512;

interface Call {
  keys: readonly string[];
  args: readonly ScriptArgument[];
  resolve: (answer: unknown) => void;
  reject: (error: unknown) => void;
}

/**
 * A script that many shards want at the same time: all its calls of one turn of the event loop travel in one EVALSHA, one
 * after another and each with keys, arguments and answer of its own. That spares the client a command for each call; to Redis a
 * call costs what it does there, either way. A cluster takes no keys of several shards in one command: there each call goes by itself.
 */
export class GatheredScript {
  readonly #alone: Script;
  readonly #together: Script;
  readonly #waiting = new WeakMap<RedisClient, Call[]>();

  constructor(name: string) {
    this.#alone = new Script(name);
    this.#together = new Script(name, gatheredText);
  }

  /** As `Script.run`. */
  async run(redis: RedisClient, keys: readonly string[], args: readonly ScriptArgument[]): Promise<unknown> {
    if (isCluster(redis)) return await this.#alone.run(redis, keys, args);
    return await untilAnswered(redis, () => this.#gather(redis, keys, args));
  }

  #gather(redis: RedisClient, keys: readonly string[], args: readonly ScriptArgument[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const call = { keys, args, resolve, reject };
      const waiting = this.#waiting.get(redis);
      if (waiting !== undefined) return waiting.push(call);
      this.#waiting.set(redis, [call]);
      setImmediate(() => this.#flush(redis));
    });
  }

  #flush(redis: RedisClient): void {
    const calls = this.#waiting.get(redis) ?? [];
    this.#waiting.delete(redis);
    let batch: Call[] = [];
    let keys = 0;
    for (const call of calls) {
      if (batch.length === MAX_CALLS || (batch.length > 0 && keys + call.keys.length > MAX_KEYS)) {
        void this.#send(redis, batch);
        batch = [];
        keys = 0;
      }
      batch.push(call);
      keys += call.keys.length;
    }
    void this.#send(redis, batch);
  }

  async #send(redis: RedisClient, calls: readonly Call[]): Promise<void> {
    const keys: string[] = [];
    const args: ScriptArgument[] = [calls.length];
    for (const call of calls) {
      keys.push(...call.keys);
      args.push(call.keys.length, call.args.length, ...call.args);
    }
    try {
      const answers = (await this.#together.run(redis, keys, args)) as unknown[];
      calls.forEach(({ resolve, reject }, i) => {
        const answer = answers[i];
        if (answer instanceof Error) reject(answer);
        else resolve(answer);
      });
    } catch (error) {
      for (const { reject } of calls) reject(error);
    }
  }
}

/**
 * A script's text, to be run several times in one call: the same body as a function.
 *
 * ARGV  1 number of calls   then of each call: number of its keys, number of its arguments, its arguments
 * Returns the answer of each; one that failed has an error in its place, and those behind it are carried out.
 */
export function gatheredText(text: string): string {
  const headEnd = text.indexOf('\n') + 1;
  return `${text.slice(0, headEnd)}local function call(KEYS, ARGV)
${text.slice(headEnd)}
end
local answers, key, arg = {}, 1, 2
for i = 1, tonumber(ARGV[1]) do
  local keys, args = {}, {}
  local keyCount, argCount = tonumber(ARGV[arg]), tonumber(ARGV[arg + 1])
  arg = arg + 2
  for j = 1, keyCount do keys[j] = KEYS[key + j - 1] end
  for j = 1, argCount do args[j] = ARGV[arg + j - 1] end
  key, arg = key + keyCount, arg + argCount
  local done, answer = pcall(call, keys, args)
  if not done then answer = { err = type(answer) == 'table' and answer.err or 'ERR ' .. tostring(answer) } end
  answers[i] = answer == nil and false or answer
end
return answers
`;
}
