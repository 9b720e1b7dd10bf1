import type { MemberStatus } from '@tributary/shared';
import { expect, test } from 'vitest';
import { judge } from './routes/health.js';
import { queueStatus } from './routes/queue-status.js';

const worker = (more: Partial<MemberStatus>): MemberStatus => ({
  id: 'w',
  shards: 1,
  sessions: 2,
  waiting: 0,
  busy: 0,
  concurrency: 4,
  failed: 0,
  engine: 'synthetic',
  ...more,
});

test('the queue is the sum of what the workers say', () => {
  const workers = [
    worker({ waiting: 3, busy: 4 }),
    worker({ failed: 1 }),
    worker({ engine: 'pocketsphinx', busy: 1 }),
  ];
  expect(queueStatus({ workers, routers: [worker({ engine: '' })] }, 7)).toEqual({
    queued: 3,
    processing: 5,
    failed: 1,
    workers: 3,
    workers_busy: 2,
    concurrency: 12,
    sessions: 6,
    engines: { synthetic: 2, pocketsphinx: 1 },
    audio_entries: 7,
    routers: 1,
  });
});

const whole = { redis_ready: true, db_ready: true, funasr_ready: true, workers_ready: 1, routers_ready: 1 };

test.each([
  [whole, true, 'ready'],
  [{ ...whole, db_ready: false }, true, 'degraded'],
  [{ ...whole, workers_ready: 0 }, true, 'degraded'],
  [{ ...whole, routers_ready: 0 }, true, 'degraded'],
  [{ ...whole, redis_ready: false }, true, 'unavailable'],
  [whole, false, 'unavailable'],
])('%j, gateway ready %j: %s', (findings, gatewayReady, status) => {
  expect(judge(findings, gatewayReady)).toBe(status);
});
