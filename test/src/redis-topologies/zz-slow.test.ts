import { startRedisCluster, startSentinel } from '@tributary/testkit';
import { it } from 'vitest';
import { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { talk } from './talk.js';
import { startServices } from './failover.js';
async function run(name: string, url: string, stop: () => Promise<void>, fault: () => Promise<unknown>) {
  const services = await startServices(url);
  const talking = talk({ urls: services.gateways.map((g) => g.socketUrl), sessions: 24, seconds: 10.35 });
  await sleep(3500);
  console.log(name, 'fault', await fault());
  const talks = await talking;
  (await import('node:fs')).writeFileSync(`/tmp/${name}.log`, services.logs());
  console.log(name, talks.filter((t) => t.text !== t.expected).length, 'wrong');
  console.log('acks ' + talks.map((t) => Math.round(t.longestPauseMs)).sort((a, b) => a - b).join(' '));
  console.log('gaps ' + talks.map((t) => Math.round(t.longestResultGapMs)).sort((a, b) => a - b).join(' '));
  await services.stop(); await stop();
}
const ask = async (port: number, ...args: string[]) => { const r = new Redis({ port, host: '127.0.0.1' }); const a = await r.call(args[0] as string, args.slice(1)); r.disconnect(); return a; };
it('sentinel-planned', async () => {
  const redis = await startSentinel();
  await run('sentinel-planned', redis.url, async () => { console.log(redis.logs().split('\n').filter((l) => /[+-](failover|switch|promoted|elected|try|selected|abort|slave|demote|convert)/.test(l)).join('\n')); await redis.stop(); }, () => ask(redis.sentinels[0]!.port, 'SENTINEL', 'FAILOVER', 'tributary'));
}, 120000);
it('sentinel-paused', async () => {
  const redis = await startSentinel();
  await run('sentinel-paused', redis.url, redis.stop, async () => { const m = await redis.master(); m.pause(); await sleep(6000); m.resume(); });
}, 120000);
it('cluster-planned', async () => {
  const redis = await startRedisCluster();
  await run('cluster-planned', redis.url, redis.stop, async () => {
    const masters = await redis.masters();
    const replica = redis.nodes.find((n) => !masters.includes(n))!;
    return await ask(replica.port, 'CLUSTER', 'FAILOVER');
  });
}, 120000);
it('cluster-paused', async () => {
  const redis = await startRedisCluster();
  await run('cluster-paused', redis.url, redis.stop, async () => { const m = (await redis.masters())[0]!; m.pause(); await sleep(6000); m.resume(); });
}, 120000);
