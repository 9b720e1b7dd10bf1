import { setTimeout as sleep } from 'node:timers/promises';
import { Child } from './child.js';
import { connectRedis } from './connect-redis.js';
import type { Cost } from './cost.js';
import { redisCpuClock } from './cpu-clock.js';
import { type Pace, STANDARD_PACE, type StageMessage, type StageOptions } from './paced-protocol.js';
import type { LoadMessage, LoadOptions } from './socket-protocol.js';

const WARM_UP_MS = 1_500;

/**
 * The bare path from end to end at the pace of people who speak: frames come one by one, so every process wakes up for
 * few of them. The other steps run at full speed, where one wake-up serves many. CPU of the bare gateway, of Redis and of the
 * bare reader.
 */
export async function measurePaced(
  redisUrl: string,
  seconds: number,
  chunkBytes: number,
  pace: Pace = STANDARD_PACE,
): Promise<Cost> {
  const stage: StageOptions = { redisUrl };
  const control = connectRedis(redisUrl);
  const reader = new Child<StageMessage>('paced-reader-main', JSON.stringify(stage));
  const gateway = new Child<StageMessage>('paced-gateway-main', JSON.stringify(stage));
  let load: Child<LoadMessage> | undefined;
  try {
    await reader.next('reading');
    const { port } = await gateway.next('listening');
    const { people: connections, everyMs } = pace;
    const options: LoadOptions = { port, connections, chunkBytes, everyMs };
    load = new Child<LoadMessage>('socket-load-main', JSON.stringify(options));
    await load.next('connected');
    load.send('go');
    await sleep(WARM_UP_MS);
    const clock = redisCpuClock(control);
    const look = async (): Promise<{ chunks: number; gateway: number; reader: number; redis: number }> => {
      const [g, r, redis] = await Promise.all([snapshot(gateway), snapshot(reader), clock()]);
      return { chunks: g.chunks, gateway: g.cpuMicros, reader: r.cpuMicros, redis };
    };
    const startedAt = performance.now();
    const first = await look();
    await sleep(seconds * 1_000);
    const last = await look();
    return {
      chunks: last.chunks - first.chunks,
      wallMs: performance.now() - startedAt,
      cpuMicros: {
        gateway: last.gateway - first.gateway,
        reader: last.reader - first.reader,
        redis: last.redis - first.redis,
      },
    };
  } finally {
    await load?.stop();
    await gateway.stop();
    await reader.stop();
    await control.flushall();
    control.disconnect();
  }
}

async function snapshot(child: Child<StageMessage>): Promise<{ chunks: number; cpuMicros: number }> {
  const answer = child.next('snapshot');
  child.send('snapshot');
  return await answer;
}
