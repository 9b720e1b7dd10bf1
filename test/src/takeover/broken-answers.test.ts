import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, waitFor } from '@tributary/testkit';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type ProxiedCluster, startProxiedCluster } from './proxied-cluster.js';
import type { RedisProxy, Request } from './redis-proxy.js';
import { type Spoken, speak } from './speak.js';

/*
 * Real processes behind a proxy that understands what they ask of Redis: every kind of command loses its answer once,
 * is refused, or meets a process that stands still. Whatever happens, every sample is in the text exactly once.
 */

const SESSIONS = 8;
const LEASE_MS = 800;
/** Things are broken until each of them was, in rounds of speech. */
const ROUND_SECONDS = 4;
const MOST_ROUNDS = 6;
const ROLES = ['gateway', 'router', 'worker'];

let world: ProxiedCluster;
let proxy: RedisProxy;
let cluster: Cluster;
beforeAll(async () => {
  world = await startProxiedCluster({
    ...{ gateways: 2, routers: 2, workers: 2 },
    // Deadlines are moved every third of the grace time.
    env: { ENGINE: 'synthetic', LEASE_MS: String(LEASE_MS), SESSION_GRACE_MS: '6000' },
  });
  ({ proxy, cluster } = world);
}, 60_000);
afterAll(async () => {
  await world?.stop();
});
afterEach(({ task }) => {
  proxy.fate = () => 'pass';
  for (const service of services()) service.resume();
  if (task.result?.state === 'fail') console.error(cluster.logs());
});

const services = () => [...cluster.gateways, ...cluster.routers, ...cluster.workers];

function speakFor(seconds: number): Promise<Spoken[]> {
  const urls = cluster.gateways.map(({ socketUrl }) => socketUrl);
  return Promise.all(Array.from({ length: SESSIONS }, () => speak(urls, seconds)));
}

function judge(all: readonly Spoken[]): void {
  expect(all).toHaveLength(SESSIONS);
  for (const { text, expected, seqs } of all) {
    expect(text).toBe(expected);
    expect(seqs).toEqual(seqs.map((_, i) => i + 1));
  }
}

const stepOf = ({ role, command }: Request): string => `${role} ${command}`;

const senderOf = ({ connection }: Request) => services().find(({ name }) => connection.includes(`${name}-`));

const both = (command: string): string[] => [`router ${command}`, `worker ${command}`];

const CUT = [
  ...['attach-session', 'touch-sessions', 'xadd', 'xrange'].map((command) => `gateway ${command}`),
  ...['append-events', 'end-stored', 'publish', 'trim-stream'].map((command) => `router ${command}`),
  ...['commit', 'hmget', 'publish'].map((command) => `worker ${command}`),
  ...['free-lease', 'heartbeat', 'pubsub', 'release-shard', 'renew-lease', 'replace-member'].flatMap(both),
  ...['take-shard', 'write-status', 'xgroup', 'xreadgroup'].flatMap(both),
];

it('every command of every role loses its answer once, and is sent again', async () => {
  const cut = new Set<string>();
  /** Names of the processes that keep a shard. */
  const keeping = new Set<string>();
  proxy.fate = (request) => {
    const key = stepOf(request);
    if (request.command === 'renew-lease') keeping.add(senderOf(request)?.name ?? '');
    if (!ROLES.includes(request.role) || cut.has(key)) return 'pass';
    cut.add(key);
    return 'cut';
  };
  const missing = (): string[] => CUT.filter((key) => !cut.has(key));
  for (let round = 0; round === 0 || (missing().length > 0 && round < MOST_ROUNDS); round++) {
    const speaking = speakFor(ROUND_SECONDS);
    // Taking, handing over and replacing come with processes that end and begin.
    for (const service of [cluster.workers[round % 2]!, cluster.routers[round % 2]!]) {
      await service.stop();
      keeping.delete(service.name);
      await service.start();
      // The others free the leases of one that they have known.
      await waitFor(() => keeping.has(service.name), {
        what: `a shard of ${service.name}`,
        timeoutMs: 20_000,
      });
      await service.killHard();
      await service.start();
    }
    judge(await speaking);
  }
  expect(missing()).toEqual([]);
}, 120_000);

it('chunks that are refused in the middle of a pipeline are sent again, in order', async () => {
  let seen = 0;
  let refused = 0;
  proxy.fate = (request) => {
    if (request.command !== 'xadd' || ++seen % 5 !== 0) return 'pass';
    refused++;
    return 'refuse';
  };
  judge(await speakFor(3));
  expect(refused).toBeGreaterThan(SESSIONS);
}, 60_000);

it.each([
  ['the command waits with it', true],
  ['its answer waits for it', false],
])(
  'a process that stands still at any step, longer than its lease: %s',
  async (_, isHeld) => {
    const steps = new Set([
      ...['gateway attach-session', 'gateway xadd', 'gateway touch-sessions'],
      ...['worker xreadgroup', 'worker commit', 'worker renew-lease'],
      ...['router append-events', 'router publish', 'router trim-stream'],
    ]);
    /** One of each role may stand still at the same time; the other one goes on. */
    const standing = new Map<string, Promise<void>>();
    /** Stops the process that sends this, and what it sent as well where that is meant. */
    proxy.fate = (request) => {
      const service = senderOf(request);
      if (service === undefined || standing.has(service.role) || !steps.delete(stepOf(request)))
        return 'pass';
      service.pause();
      const stands = sleep(1.25 * LEASE_MS).then(() => {
        service.resume();
        standing.delete(service.role);
      });
      standing.set(service.role, stands);
      return isHeld ? stands : 'pass';
    };
    for (let round = 0; steps.size > 0 && round < MOST_ROUNDS; round++) judge(await speakFor(ROUND_SECONDS));
    expect([...steps]).toEqual([]);
  },
  120_000,
);
