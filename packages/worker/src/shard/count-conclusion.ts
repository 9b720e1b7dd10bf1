import type { EndBody } from '@tributary/shared';
import { SAMPLE_RATE_HZ } from '../engines/engine.js';
import type { ReadyConclusion } from '../session/conclusion-queue.js';
import type { WorkerMetrics } from '../worker-metrics.js';

/** Counts a conclusion that is durable. */
export function countConclusion(metrics: WorkerMetrics, { kind, body, meta }: ReadyConclusion): void {
  if (kind === 'segment' && meta !== null) {
    const audioSeconds = meta.audioBytes / (2 * SAMPLE_RATE_HZ);
    const decodeSeconds = meta.decodeMs / 1_000;
    metrics.segments.inc();
    metrics.audioSeconds.inc(audioSeconds);
    metrics.decodeSeconds.observe(decodeSeconds);
    if (audioSeconds > 0) metrics.realTimeFactor.observe(decodeSeconds / audioSeconds);
    metrics.queueSeconds.observe(meta.queueMs / 1_000);
  } else if (kind === 'end') {
    const { status, lost_chunk_count: lost } = body as EndBody;
    metrics.endedSessions.inc({ status });
    metrics.lostChunks.inc(lost);
  }
}
