import { setTimeout as sleep } from 'node:timers/promises';
import { connectRedis } from './connect-redis.js';
import { ownCpuMicros } from './cpu-clock.js';
import type { StageMessage, StageOptions } from './paced-protocol.js';
import { streamKeys } from './sample-chunk.js';

/* The barest worker there is: reads all streams now and then, and trims what it has read. */

const GROUP = 'floor';
/** Read too often, each read brings little and costs Redis as much; a worker gathers for as long. */
const READ_EVERY_MS = 20;
const BLOCK_MS = 100;
const READ_COUNT = 128;
/** One stream is trimmed after so many chunks. */
const TRIM_EVERY_CHUNKS = 64;

type Reply = [Buffer, [Buffer, Buffer[]][]][] | null;

const options = JSON.parse(process.argv[2] ?? '{}') as StageOptions;
const redis = connectRedis(options.redisUrl);
const keys = streamKeys();
const say = (message: StageMessage): void => {
  process.send?.(message);
};
let chunks = 0;

process.on('message', (message) => {
  if (message === 'snapshot') say({ type: 'snapshot', chunks, cpuMicros: ownCpuMicros() });
});
process.on('disconnect', () => process.exit(0));

await Promise.all(keys.map((key) => redis.xgroup('CREATE', key, GROUP, '0', 'MKSTREAM')));
say({ type: 'reading' });
let sinceTrim = 0;
for (;;) {
  const askedAt = performance.now();
  const reply = (await redis.callBuffer(
    'XREADGROUP',
    ...['GROUP', GROUP, GROUP, 'COUNT', READ_COUNT, 'BLOCK', BLOCK_MS, 'NOACK', 'STREAMS'],
    ...keys,
    ...keys.map(() => '>'),
  )) as Reply;
  for (const [name, entries] of reply ?? []) {
    chunks += entries.length;
    sinceTrim += entries.length;
    const last = entries.at(-1);
    if (last === undefined || sinceTrim < TRIM_EVERY_CHUNKS) continue;
    sinceTrim = 0;
    await redis.xtrim(name, 'MINID', '~', last[0].toString());
  }
  await sleep(Math.max(0, askedAt + READ_EVERY_MS - performance.now()));
}
