import { ReplyError } from 'ioredis';
import { describe, expect, it } from 'vitest';
import type { RedisClient } from './redis-client.js';
import { isTransient, untilAnswered } from './transient.js';

const reply = (message: string): Error => new ReplyError(message) as Error;

describe('a failure', () => {
  it.each([
    "READONLY You can't write against a read only replica.",
    'LOADING Redis is loading the dataset in memory',
    'CLUSTERDOWN The cluster is down',
    'MOVED 2276 127.0.0.1:25459',
    'TRYAGAIN Multiple keys request during rehashing of slot',
    'NOREPLICAS Not enough good replicas to write.',
  ])('that Redis gets over: %s', (message) => {
    expect(isTransient(reply(message))).toBe(true);
  });

  it.each([
    'WRONGTYPE Operation against a key',
    'ERR unknown command',
    'OOM command not allowed',
    'NOAUTH',
    'MOVEDX',
  ])('that Redis means: %s', (message) => {
    expect(isTransient(reply(message))).toBe(false);
  });

  it('of the connection may pass, a mistake of ours does not', () => {
    expect(isTransient(new Error('Connection is closed.'))).toBe(true);
    expect(isTransient(new Error('All the keys in a pipeline command should belong to the same slot'))).toBe(
      false,
    );
    expect(isTransient('Connection is closed.')).toBe(false);
    expect(isTransient(new RangeError('Maximum call stack size exceeded'))).toBe(false);
  });
});

describe('asking until Redis answers', () => {
  const client = (status: () => string): RedisClient =>
    ({
      get status() {
        return status();
      },
    }) as RedisClient;

  it('goes on over passing failures, and ends with an answer', async () => {
    let asked = 0;
    const ask = (): Promise<string> => {
      asked++;
      return asked < 3 ? Promise.reject(reply('LOADING')) : Promise.resolve('done');
    };
    expect(
      await untilAnswered(
        client(() => 'ready'),
        ask,
      ),
    ).toBe('done');
    expect(asked).toBe(3);
  });

  it('ends with a failure that is meant, and with the client', async () => {
    const refused = untilAnswered(
      client(() => 'ready'),
      () => Promise.reject(reply('WRONGTYPE')),
    );
    await expect(refused).rejects.toThrow('WRONGTYPE');
    let asked = 0;
    const ended = untilAnswered(
      client(() => (asked < 2 ? 'ready' : 'end')),
      () => {
        asked++;
        return Promise.reject(new Error('Connection is closed.'));
      },
    );
    await expect(ended).rejects.toThrow('closed');
    expect(asked).toBe(2);
  });
});
