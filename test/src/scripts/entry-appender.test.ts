import { connectCommands, createLogger, EntryAppender, type RedisClient } from '@tributary/shared';
import { startRedis, type TestRedis } from '@tributary/testkit';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';

/* The command of every chunk goes around the client's general way: what arrives has to be the same to the byte. */

const KEY = '{t:0}:audio';
let server: TestRedis;
let client: ReturnType<typeof connectCommands>;
beforeAll(async () => {
  server = await startRedis();
  const logger = createLogger({ level: 'silent', role: 'test', instance: 'appender' });
  client = connectCommands({ url: server.url, name: 'appender', logger });
});
afterAll(async () => {
  client?.disconnect();
  await server?.stop();
});
beforeEach(async () => {
  await client.del(KEY);
});

interface Outcome {
  resolve(): void;
  reject(error: unknown): void;
}

/** Appends, and settles as the appender tells. */
function appending(client: RedisClient) {
  const appender = new EntryAppender<Outcome>(client, {
    appended: (outcome) => outcome.resolve(),
    refused: (outcome, error) => outcome.reject(error),
  });
  return (header: string, payload: Buffer): Promise<void> =>
    new Promise((resolve, reject) => appender.append(KEY, header, payload, { resolve, reject }));
}

async function stored(): Promise<{ id: string; fields: Buffer[] }[]> {
  const entries = await client.xrangeBuffer(KEY, '-', '+');
  return entries.map(([id, fields]) => ({ id: id.toString(), fields }));
}

it('appends any bytes in the order in which it was told to', async () => {
  const append = appending(client);
  const payloads = [0, 1, 2, 3_200, 70_000].map((length) =>
    Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 7 + length) & 0xff)),
  );
  payloads.push(Buffer.from('\r\n$5\r\n*7\r\n'));
  // Before the first connection as well: what cannot be written yet waits.
  await Promise.all(payloads.map((payload, n) => append(`1|A|s|1.x|${n}`, payload)));
  const entries = await stored();
  expect(entries.length).toBe(payloads.length);
  entries.forEach(({ fields }, n) => {
    expect(fields.map(String).slice(0, 2)).toEqual(['h', `1|A|s|1.x|${n}`]);
    expect(fields[2]?.toString()).toBe('d');
    expect(fields[3]?.equals(payloads[n] as Buffer)).toBe(true);
  });
});

it('and other commands do not hinder each other', async () => {
  const append = appending(client);
  const answers = await Promise.all([
    append('a', Buffer.from('1')),
    client.echo('between'),
    append('b', Buffer.from('2')),
  ]);
  expect(answers[1]).toBe('between');
  expect((await stored()).map(({ fields }) => String(fields[1]))).toEqual(['a', 'b']);
});

it('what was not answered when the connection broke is appended again', async () => {
  const append = appending(client);
  const killer = connectCommands({
    url: server.url,
    name: 'killer',
    logger: createLogger({ level: 'silent', role: 'test', instance: 'killer' }),
  });
  try {
    const wanted = Array.from({ length: 300 }, (_, n) => `h${n}`);
    const appends: Promise<unknown>[] = [];
    for (const header of wanted) {
      appends.push(append(header, Buffer.alloc(10_000)));
      if (appends.length % 100 === 50) await killer.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    }
    await Promise.all(appends);
    const found = (await stored()).map(({ fields }) => String(fields[1]));
    expect([...new Set(found)].sort()).toEqual([...wanted].sort());
  } finally {
    killer.disconnect();
  }
});

it('what the socket does not take at once stays what it was, however much follows', async () => {
  const append = appending(client);
  const text = (turn: number, n: number): string => `${turn} ${n} `.repeat(1_000);
  const appends: Promise<void>[] = [];
  server.process.pause();
  try {
    // More than both ends of a connection hold by themselves.
    for (let turn = 0; turn < 200; turn++) {
      for (let n = 0; n < 20; n++) appends.push(append(`${turn}`, Buffer.from(text(turn, n))));
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    server.process.resume();
  }
  await Promise.all(appends);
  const found = (await stored()).map(({ fields }) => String(fields[3]));
  const wanted = appends.map((_, i) => text(Math.floor(i / 20), i % 20));
  expect(found.findIndex((payload, i) => payload !== wanted[i])).toBe(-1);
  expect(found.length).toBe(wanted.length);
});

it('a refusal is told', async () => {
  await client.set(KEY, 'not a stream');
  await expect(appending(client)('h', Buffer.from('x'))).rejects.toThrow('WRONGTYPE');
});
