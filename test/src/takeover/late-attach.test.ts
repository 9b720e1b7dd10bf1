import { type Cluster, type ServiceProcess, type TestRedis, TestSocket, waitFor } from '@tributary/testkit';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { chunk, noise, textsOf } from '../speech.js';
import { type ProxiedCluster, startProxiedCluster } from './proxied-cluster.js';
import type { RedisProxy } from './redis-proxy.js';

/* A gateway attaches a session when its client has long gone to another one: that one keeps it. */

/** Deadlines are moved every third of this, which is how a gateway learns that it has lost a session. */
const GRACE_MS = 6_000;
const TOKEN = 'a token of my own';

let world: ProxiedCluster;
let redis: TestRedis;
let proxy: RedisProxy;
let cluster: Cluster;
beforeAll(async () => {
  world = await startProxiedCluster({
    gateways: 2,
    env: { ENGINE: 'synthetic', SESSION_GRACE_MS: String(GRACE_MS) },
  });
  ({ redis, proxy, cluster } = world);
}, 60_000);
afterAll(async () => {
  await world?.stop();
});
afterEach(({ task }) => {
  proxy.fate = () => 'pass';
  for (const gateway of cluster.gateways) gateway.resume();
  if (task.result?.state === 'fail') console.error(cluster.logs());
});

const pcm = noise(1.5, 1);

/** Holds back what a gateway asks when it attaches; resolves when it has asked. */
function holdAttach(gateway: ServiceProcess): { asked: () => boolean; release: () => void } {
  let asked = false;
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  proxy.fate = ({ connection, command }) => {
    const isMeant = connection.includes(`${gateway.name}-`) && command === 'attach-session';
    asked ||= isMeant;
    return isMeant ? held : 'pass';
  };
  return { asked: () => asked, release };
}

/** A client begins on the first gateway, is not answered, and begins on the second. */
async function beginTwice(sessionId: string): Promise<{ socket: TestSocket; release: () => void }> {
  const [slow, other] = cluster.gateways;
  const { asked, release } = holdAttach(slow!);
  const before = await TestSocket.open(slow!.socketUrl);
  before.sendJson({ action: 'start', session_id: sessionId, resume_token: TOKEN, gap_ms: 0 });
  await waitFor(asked, { what: 'the first gateway to attach' });
  before.terminate();
  const socket = await TestSocket.open(other!.socketUrl);
  await socket.start({ session_id: sessionId, resume_token: TOKEN, gap_ms: 0 });
  socket.sendJson(chunk(sessionId, 0, pcm));
  await socket.nextOf('ack', (m) => m.status === 'received');
  return { socket, release };
}

async function finish(socket: TestSocket, sessionId: string): Promise<void> {
  socket.sendJson({ action: 'finish', session_id: sessionId });
  const final = await socket.nextOf('final_result', () => true, 20_000);
  expect(final).toMatchObject({ text: textsOf(pcm).join(' '), status: 'completed' });
  expect(socket.all('error')).toEqual([]);
}

/** Whatever the gateways say of a session to Redis has been said, and been answered. */
async function twoLooks(): Promise<void> {
  let touched = 0;
  proxy.fate = ({ command }) => {
    if (command === 'touch-sessions') touched++;
    return 'pass';
  };
  await waitFor(() => touched >= 2, { what: 'deadlines to be moved', timeoutMs: 3 * GRACE_MS });
}

it('a start that was held up does not take the session from its client', async () => {
  const { socket, release } = await beginTwice('held-up');
  release();
  await twoLooks();
  await finish(socket, 'held-up');
}, 60_000);

it('a start that was held up until its session had ended does not begin another', async () => {
  const { socket, release } = await beginTwice('ended');
  await finish(socket, 'ended');
  const address = `${cluster.gateways[1]!.url}/api/v1/history?limit=500`;
  const records = async (): Promise<{ session_id: string; status: string }[]> => {
    const { records: all } = (await (await fetch(address)).json()) as {
      records: { session_id: string; status: string }[];
    };
    return all.filter(({ session_id: id }) => id === 'ended');
  };
  await expect.poll(records, { timeout: 10_000 }).toMatchObject([{ status: 'completed' }]);
  release();
  // One more session of the gateway that was slow: what it had asked before is done by then.
  const after = await TestSocket.open(cluster.gateways[0]!.socketUrl);
  const { sessionId } = await after.start({ gap_ms: 0 });
  after.sendJson(chunk(sessionId, 0, pcm));
  await finish(after, sessionId);
  expect(await records()).toMatchObject([{ status: 'completed' }]);
}, 60_000);

it('a gateway that restores its sessions gives way to one that has taken them over', async () => {
  const [slow, other] = cluster.gateways;
  const before = await TestSocket.open(slow!.socketUrl);
  await before.start({ session_id: 'moved', resume_token: TOKEN, gap_ms: 0 });
  slow!.pause();
  await redis.process.restart();
  const after = await TestSocket.open(other!.socketUrl);
  after.sendJson({ action: 'resume', session_id: 'moved', resume_token: TOKEN, last_seq: 0 });
  await after.nextOf('ack', (m) => m.status === 'session_resumed', 20_000);
  slow!.resume();
  expect(await before.nextOf('error', () => true, 20_000)).toMatchObject({ code: 'session_superseded' });
  after.sendJson(chunk('moved', 0, pcm));
  await twoLooks();
  await finish(after, 'moved');
}, 90_000);
