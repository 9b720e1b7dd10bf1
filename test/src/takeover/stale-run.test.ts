import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { keys, shardOf } from '@tributary/shared';
import {
  appendOnlyFolder,
  type Cluster,
  startCluster,
  startRedis,
  type TestRedis,
  waitFor,
} from '@tributary/testkit';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { RedisProxy, type Request, scripts } from './redis-proxy.js';
import { type Spoken, speak } from './speak.js';

/*
 * Redis dies, comes back older than it was, and with the leases that are in its file. What was asked for and not
 * answered is then asked again, before anybody has noticed.
 */

/** How long a router is kept from hearing of the restart. */
const PATIENCE_MS = 5_000;
const SESSIONS = 8;
const SECONDS = 5;
const SHARDS = 64;
const SHORT_SECONDS = 4;

let redis: TestRedis;
let proxy: RedisProxy;
let cluster: Cluster;
beforeAll(async () => {
  redis = await startRedis();
  proxy = await RedisProxy.start(redis.port);
  cluster = await startCluster({
    ...{ gateways: 1, routers: 1, workers: 1, redisUrl: proxy.url },
    // Long enough for the leases in the file to be good when Redis is back.
    env: { ENGINE: 'synthetic', LEASE_MS: '6000' },
  });
}, 60_000);
afterAll(async () => {
  proxy.fate = () => 'pass';
  await cluster?.stop();
  await proxy?.close();
  await redis?.stop();
});
afterEach(({ task }) => {
  if (task.result?.state === 'fail') console.error(cluster.logs());
});

/** Commits that workers asked for, and commands that were held back. */
interface Seen {
  commits: number;
  held: number;
}

/** Holds back some commands from now on; they are still not with Redis when it dies, and are asked again once it is back. */
function holdBack(isHeld: (request: Request) => boolean): { seen: Seen; release: () => void } {
  const seen: Seen = { commits: 0, held: 0 };
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  proxy.fate = (request) => {
    if (isOf('worker', 'commit')(request)) seen.commits += request.calls;
    if (!isHeld(request)) return 'pass';
    seen.held++;
    return released;
  };
  return {
    seen,
    release: () => {
      proxy.fate = () => 'pass';
      release();
    },
  };
}

const isOf =
  (whose: string, wanted: string) =>
  ({ role, command }: Request): boolean =>
    role === whose && command === wanted;

/** Keeps what Redis has written so far. */
async function keepFile(): Promise<string> {
  const copy = join(redis.folder, 'copy');
  await rm(copy, { recursive: true, force: true });
  await cp(appendOnlyFolder(redis.folder), copy, { recursive: true });
  return copy;
}

/** `kill -9`, and a start from what was kept. Others were faster: when ours come, Redis knows the scripts again. */
async function restartFrom(
  copy: string,
  release: () => void,
  afterwards: RedisProxy['fate'] = () => 'pass',
): Promise<void> {
  const file = appendOnlyFolder(redis.folder);
  await redis.process.killHard();
  release();
  const { release: letIn } = holdBack(() => true);
  await rm(file, { recursive: true });
  await cp(copy, file, { recursive: true });
  await redis.process.start();
  const other = new Redis(redis.url);
  for (const { text } of scripts()) await other.script('LOAD', text);
  other.disconnect();
  letIn();
  proxy.fate = afterwards;
}

function speakAll(seconds = SECONDS): Promise<Spoken[]> {
  return Promise.all(Array.from({ length: SESSIONS }, () => speak([cluster.socketUrl], seconds)));
}

function judge(all: readonly Spoken[]): void {
  for (const { text, expected, seqs } of all) {
    expect(text).toBe(expected);
    expect(seqs).toEqual(seqs.map((_, i) => i + 1));
  }
}

it('events are not appended for commits that were lost', async () => {
  let isHolding = false;
  const { seen, release } = holdBack((request) => isHolding && isOf('router', 'append-events')(request));
  const speaking = speakAll();
  await waitFor(() => seen.commits >= 2 * SESSIONS, { what: 'first results', timeoutMs: 20_000 });
  isHolding = true;
  const copy = await keepFile();
  const before = seen.commits;
  await waitFor(() => seen.commits >= before + SESSIONS, { what: 'results to be lost', timeoutMs: 20_000 });
  await restartFrom(copy, release);
  judge(await speaking);
  expect(seen.held).toBeGreaterThan(0);
}, 90_000);

it('a session is not forgotten that has lost its end', async () => {
  let isHolding = false;
  const isFinal = (request: Request): boolean =>
    isOf('router', 'publish')(request) && request.second.includes('"type":"final_result"');
  const { seen, release } = holdBack((request) => isHolding && isFinal(request));
  const speaking = speakAll(SHORT_SECONDS);
  await waitFor(() => seen.commits >= 2 * SESSIONS, { what: 'first results', timeoutMs: 20_000 });
  isHolding = true;
  const copy = await keepFile();
  // A router has stored an end, is about to tell the client, and then Redis that it is stored.
  await waitFor(() => seen.held > 0, { what: 'an end', timeoutMs: 20_000 });
  // It does so in the name of its lease, which it holds until it hears that this is another run of Redis.
  let ends = 0;
  // A router that was too slow for that loses its lease, and tells of the end in the name of the next one.
  const patientUntil = performance.now() + PATIENCE_MS;
  await restartFrom(copy, release, (request) => {
    if (isOf('router', 'end-stored')(request)) ends++;
    const isPatient = ends === 0 && performance.now() < patientUntil;
    return isPatient && isOf('router', 'renew-lease')(request) ? 'refuse' : 'pass';
  });
  const isOver = (): boolean => ends > 0 || performance.now() >= patientUntil;
  await waitFor(isOver, { what: 'the end to be told of', timeoutMs: 20_000 });
  judge(await speaking);
}, 90_000);

it('a session that was lost as a whole goes on, and its text is all there', async () => {
  const copy = await keepFile();
  const { seen, release } = holdBack(() => false);
  const speaking = speakAll();
  await waitFor(() => seen.commits >= 2 * SESSIONS, { what: 'first results', timeoutMs: 20_000 });
  await restartFrom(copy, release);
  judge(await speaking);
}, 90_000);

it('a session that was deleted stays so, though Redis has lost that it was', async () => {
  const { sessionId } = await speak([cluster.socketUrl], 1);
  const address = `${cluster.url}/api/v1/session/${sessionId}`;
  const isGone = async (): Promise<boolean> => (await fetch(address)).status === 404;
  const copy = await keepFile();
  expect((await fetch(address, { method: 'DELETE' })).ok).toBe(true);
  const { release } = holdBack(() => false);
  await restartFrom(copy, release);
  await waitFor(isGone, { what: 'the session to be gone again', timeoutMs: 20_000 });
  const other = new Redis(redis.url);
  expect(await other.hget(keys.session(shardOf(sessionId, SHARDS), sessionId), 'status')).toBe('deleted');
  other.disconnect();
}, 60_000);
