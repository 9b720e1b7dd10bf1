import type { WorkerContext } from '../worker-context.js';
import type { ActiveSession } from './active-session.js';

/** Tells the session's gateway of an entry that has been missing for too long by stream time, again and again until it comes. */
export function reportHole(
  { holeWaitMs, metrics, logger, publish }: WorkerContext,
  shard: number,
  active: ActiveSession,
  streamNowMs: number,
): void {
  const { hole } = active.speech;
  if (hole === null) return;
  const since = Math.max(hole.sinceMs, active.reportedHoleAtMs);
  if (streamNowMs - since < holeWaitMs) return;
  active.reportedHoleAtMs = streamNowMs;
  metrics.holes.inc();
  logger.info({ shard, session: active.id, n: hole.n }, 'an entry is missing');
  publish(active.gatewayId, {
    kind: 'hole',
    sessionId: active.id,
    stamp: hole.epoch,
    number: hole.n,
    json: '',
  });
}
