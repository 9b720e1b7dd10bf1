import { connect, createServer, type Server, type Socket } from 'node:net';
import { openStore, type Store, StoreError, type StoreOptions, storeResults } from '@tributary/shared/store';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { settingsOf, type TestStore, testStore } from './database.js';
import { segmentRow, sessionKey } from './rows.js';

let store: TestStore;

beforeAll(async () => {
  store = await testStore();
});

afterAll(async () => {
  await store.drop();
});

type Db = Store['db'];

const one = (db: Db) => db.selectNoFrom((make) => make.lit(1).as('one')).execute();

const doze = (db: Db, seconds: number) =>
  db.selectNoFrom((make) => make.fn('pg_sleep', [make.val(seconds)]).as('slept')).execute();

const bigint = (text: string) =>
  store.db.selectNoFrom((make) => make.cast<number>(make.val(text), 'bigint').as('n')).execute();

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function withStore(
  url: string,
  options: StoreOptions,
  work: (other: Store) => Promise<void>,
): Promise<void> {
  const other = openStore(settingsOf(url), options);
  try {
    await work(other);
  } finally {
    await other.close();
  }
}

/** A server in front of the database: `pass` through, stay `silent`, or `hang up`. */
class TestProxy {
  mode: 'pass' | 'silent' | 'hang up' = 'pass';
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  accepted = 0;

  constructor(target: URL) {
    this.#server = createServer((client) => {
      this.accepted++;
      this.#keep(client);
      if (this.mode === 'hang up') client.end();
      if (this.mode !== 'pass') return;
      const server = this.#keep(connect(Number(target.port), target.hostname));
      client.on('data', (data) => this.mode === 'pass' && server.write(data));
      server.on('data', (data) => this.mode === 'pass' && client.write(data));
      client.on('close', () => server.destroy());
      server.on('close', () => client.destroy());
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
    return socket;
  }
}

async function withProxy(work: (proxy: TestProxy, url: string) => Promise<void>): Promise<void> {
  const url = new URL(store.settings.DATABASE_URL ?? '');
  const proxy = new TestProxy(new URL(url));
  url.hostname = '127.0.0.1';
  url.port = String(await proxy.listen());
  try {
    await work(proxy, url.href);
  } finally {
    await proxy.close();
  }
}

test('terminating every backend again and again: nothing hangs, and the speed comes back', async () => {
  const url = store.settings.DATABASE_URL ?? '';
  await withStore(url, { poolSize: 4, applicationName: 'victim', deadlineMs: 5_000 }, async (victim) => {
    let running = true;
    let stored = 0;
    let failed = 0;
    let seq = 0;
    const wrong: unknown[] = [];
    const load = Array.from({ length: 12 }, async (_, n) => {
      while (running) {
        const row = segmentRow(sessionKey(n), ++seq);
        for (;;) {
          try {
            await storeResults(victim.db, [row]);
            stored++;
            break;
          } catch (error) {
            failed++;
            if (!(error instanceof StoreError && error.temporary)) wrong.push(error);
          }
        }
      }
    });
    const rate = async (ms: number) => {
      const before = stored;
      await sleep(ms);
      return ((stored - before) / ms) * 1_000;
    };
    await rate(300);
    const healthy = await rate(700);
    for (let round = 0; round < 30; round++) {
      await store.admin`select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'victim' and datname = current_database()`;
      await sleep(40);
    }
    await rate(200);
    const afterwards = await rate(700);
    const backends = await store.admin`select pid from pg_stat_activity where application_name = 'victim'`;
    running = false;
    await Promise.all(load);
    const { count } = await store.db
      .selectFrom('asr_chunks')
      .select((all) => all.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    expect(wrong).toEqual([]);
    expect(failed).toBeGreaterThan(10);
    expect(count).toBe(seq);
    expect(backends).toHaveLength(4);
    // Other tests share the machine; a lost connection would show above.
    expect(afterwards).toBeGreaterThan(healthy * 0.4);
  });
}, 30_000);

test('an idle connection that was terminated is replaced without an error', async () => {
  await withStore(
    store.settings.DATABASE_URL ?? '',
    { applicationName: 'idle', poolSize: 1 },
    async (idle) => {
      for (let round = 0; round < 5; round++) {
        await idle.ping();
        await store.admin`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'idle'`;
        await sleep(50);
      }
      await idle.ping();
    },
  );
});

test('a server that falls silent is given up at the deadline, and found again', async () => {
  await withProxy(async (proxy, url) => {
    await withStore(url, { deadlineMs: 300, poolSize: 2 }, async (far) => {
      await far.ping();
      proxy.mode = 'silent';
      const begun = Date.now();
      const answers = await Promise.allSettled([1, 2, 3, 4, 5].map(() => one(far.db)));
      expect(Date.now() - begun).toBeLessThan(1_500);
      expect(answers.map((answer) => answer.status === 'rejected' && answer.reason.code)).toEqual(
        answers.map(() => 'deadline_passed'),
      );
      proxy.mode = 'pass';
      await far.ping();
      await Promise.all([1, 2, 3, 4].map(() => one(far.db)));
    });
  });
});

test('a server that hangs up during the greeting is not called in a loop', async () => {
  await withProxy(async (proxy, url) => {
    proxy.mode = 'hang up';
    await withStore(url, {}, async (far) => {
      for (let i = 0; i < 3; i++) {
        await expect(far.ping(2_000)).rejects.toMatchObject({ code: 'connection_failed', temporary: true });
      }
      expect(proxy.accepted).toBeLessThanOrEqual(6);
      proxy.mode = 'pass';
      await far.ping();
    });
  });
});

test('a statement that takes too long ends on the server, and the connection is kept', async () => {
  await withStore(
    store.settings.DATABASE_URL ?? '',
    { statementTimeoutMs: 100, poolSize: 1 },
    async (slow) => {
      const pid = () =>
        slow.db.selectNoFrom((make) => make.fn('pg_backend_pid').as('pid')).executeTakeFirst();
      const before = await pid();
      const late = doze(slow.db, 5);
      await expect(late).rejects.toMatchObject({
        code: 'statement_failed',
        sqlState: '57014',
        temporary: true,
      });
      expect(await pid()).toEqual(before);
    },
  );
});

test('a wrong statement is a lasting error that keeps its cause', async () => {
  await expect(
    store.db.selectNoFrom((make) => make.fn('no_such_function').as('x')).execute(),
  ).rejects.toMatchObject({
    code: 'statement_failed',
    temporary: false,
    sqlState: '42883',
    cause: { name: 'PostgresError' },
  });
});

test('transactions are refused', async () => {
  const attempt = store.db.transaction().execute(async (trx) => await one(trx));
  await expect(attempt).rejects.toMatchObject({ code: 'transaction_refused' });
  await store.ping();
});

test('a closed store refuses, at once, what comes and what waits; closing twice is the same', async () => {
  const other = openStore(store.settings, { poolSize: 1 });
  const running = doze(other.db, 0.2);
  const waiting = one(other.db);
  const refused = expect(waiting).rejects.toMatchObject({ code: 'closed' });
  await sleep(100);
  await Promise.all([other.close(), other.close()]);
  await refused;
  await running;
  await expect(other.ping()).rejects.toMatchObject({ code: 'closed' });
});

test('a store that was never used closes', async () => {
  await openStore(store.settings).close();
});

test('a bigint beyond the safe integers is an error, not another number', async () => {
  const rows = await bigint('9007199254740991');
  expect(rows).toEqual([{ n: 9_007_199_254_740_991 }]);
  await expect(bigint('9007199254740993')).rejects.toMatchObject({
    code: 'statement_failed',
    temporary: false,
  });
  await store.ping();
});
