import { setTimeout as sleep } from 'node:timers/promises';
import { startRedisCluster } from '@tributary/testkit';
import { it } from 'vitest';
import { startServices } from './failover.js';
import { talk } from './talk.js';

it('slow', async () => {
  const redis = await startRedisCluster({ config: { 'cluster-node-timeout': '8000' } });
  const services = await startServices(redis.url);
  const talking = talk({ urls: services.gateways.map((g) => g.socketUrl), sessions: 24, seconds: 22.35 });
  await sleep(3500);
  const victim = (await redis.masters())[Number(process.env.VICTIM ?? 0)];
  console.log('failover', await redis.failover(victim));
  const talks = await talking;
  (await import('node:fs')).writeFileSync('/tmp/slow.log', services.logs());
  console.log(talks.filter((t) => t.text !== t.expected).length, 'wrong');
  console.log(
    talks
      .map((t) => Math.round(t.longestPauseMs))
      .sort((a, b) => a - b)
      .join(' '),
  );
  console.log(
    talks
      .map((t) => Math.round(t.longestResultGapMs))
      .sort((a, b) => a - b)
      .join(' '),
  );
  await services.stop();
  await redis.stop();
}, 120000);
