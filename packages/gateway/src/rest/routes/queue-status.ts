import { audioBacklog } from '../cluster/audio-backlog.js';
import type { Members } from '../cluster/members.js';
import { defineRoute, type Route } from '../http/route.js';
import type { RestContext } from '../rest-context.js';
import { QueueStatus, type Upstream } from '../schemas.js';
import { Nothing } from './nothing.js';

/** `GET /asr/queue/status`. */
export function queueStatusRoute(
  { redis, shardCount }: RestContext,
  members: () => Promise<Members>,
  upstream: (() => Promise<Upstream>) | null,
): Route {
  const backlog = audioBacklog(redis, shardCount);
  return defineRoute({
    method: 'get',
    path: '/asr/queue/status',
    operationId: 'getQueueStatus',
    summary: 'How busy recognition is',
    parameters: Nothing,
    query: Nothing,
    body: QueueStatus,
    failures: [503],
    handle: async () => {
      const [cluster, audioEntries, server] = await Promise.all([members(), backlog(), upstream?.()]);
      const body = queueStatus(cluster, audioEntries);
      return { status: 200, body: server === undefined ? body : { ...body, upstream: server } };
    },
  });
}

/** Pure: the workers' own words summed up. */
export function queueStatus({ workers, routers }: Members, audioEntries: number): QueueStatus {
  const engines: Record<string, number> = {};
  for (const { engine } of workers) engines[engine] = (engines[engine] ?? 0) + 1;
  const sum = (of: (worker: Members['workers'][number]) => number): number =>
    workers.reduce((total, worker) => total + of(worker), 0);
  return {
    queued: sum((worker) => worker.waiting),
    processing: sum((worker) => worker.busy),
    failed: sum((worker) => worker.failed),
    workers: workers.length,
    workers_busy: workers.filter((worker) => worker.busy > 0).length,
    concurrency: sum((worker) => worker.concurrency),
    sessions: sum((worker) => worker.sessions),
    engines,
    audio_entries: audioEntries,
    routers: routers.length,
  };
}
