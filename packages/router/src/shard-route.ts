import {
  type AppendAnswer,
  appendEvents,
  type BeginBody,
  type EndBody,
  type EventToAppend,
  type Lease,
  NO_SPAN,
  type ResultEntry,
  type SegmentBody,
  type Span,
  streamTimeMs,
} from '@tributary/shared';
import type { ErrorBody, StoreRow } from '@tributary/shared/store';
import type { Batch } from './batch.js';
import { eventJson, finalJson } from './event-json.js';
import { readFinalText } from './final-text.js';
import type { Result } from './results.js';
import { rounds } from './rounds.js';
import type { RouterContext } from './router-context.js';

/** So many sessions that end at once have their final texts in memory at the same time. */
const ENDS_AT_ONCE = 32;

/** The way of one shard's results under one lease: to the events of their sessions, to gateways, to the batch that is stored. */
export class ShardRoute {
  readonly #context: RouterContext;
  readonly #lease: Lease;

  constructor(context: RouterContext, lease: Lease) {
    this.#context = context;
    this.#lease = lease;
  }

  /**
   * @param batch takes the rows, and the final results that are to be published once they are stored
   * @param publish false for results that were delivered before
   */
  async take(results: readonly Result[], batch: Batch, publish: boolean): Promise<void> {
    for (const { begun, events, ends, deleted } of rounds(results)) {
      batch.store(
        begun.map(({ entry }) => ({
          kind: 'begin',
          sessionId: entry.sessionId,
          incarnation: entry.incarnation,
          body: JSON.parse(entry.body) as BeginBody,
        })),
      );
      // A final text is made of the events before it, and what is deleted has to be stored first.
      await this.#append(events, batch, publish);
      for (let from = 0; from < ends.length; from += ENDS_AT_ONCE) {
        await this.#appendEnds(ends.slice(from, from + ENDS_AT_ONCE), batch);
      }
      batch.store(
        deleted.map(({ entry: { sessionId, incarnation } }) => ({ kind: 'deleted', sessionId, incarnation })),
      );
    }
  }

  async #append(results: readonly Result[], batch: Batch, publish: boolean): Promise<void> {
    const events = results.map(({ entry }) => toEvent(entry, eventJson(entry)));
    const deliveries = results.map(({ entry }) => (publish ? this.#begin('deliver', entry) : NO_SPAN));
    const answers = await this.#appendAll(events);
    const rows = results.flatMap(({ id, entry }, i): StoreRow[] => {
      const event = events[i] as EventToAppend;
      const answer = answers[i];
      const delivery = deliveries[i] ?? NO_SPAN;
      if (answer === undefined || !isOwed(answer)) return [];
      if (publish) this.#publish(event, answer, { id, entry }, delivery);
      delivery.end();
      const { sessionId, incarnation, seq, json } = event;
      const { kind, meta } = entry;
      const body: unknown = JSON.parse(entry.body);
      return kind === 'error'
        ? [{ kind, sessionId, incarnation, seq, event: json, meta, body: body as ErrorBody }]
        : [{ kind: 'segment', sessionId, incarnation, seq, event: json, meta, body: body as SegmentBody }];
    });
    const storing = results
      .map(({ entry }) => this.#begin('store', entry))
      .filter((span) => span !== NO_SPAN);
    batch.store(rows);
    if (storing.length === 0) return;
    void batch.stored().then(() => {
      for (const span of storing) span.end();
    });
  }

  async #appendEnds(results: readonly Result[], batch: Batch): Promise<void> {
    const { redis } = this.#context;
    const ends = await Promise.all(
      results.map(async (result) => {
        const { entry } = result;
        const body = JSON.parse(entry.body) as EndBody;
        const final = await readFinalText(redis, this.#lease.shard, entry.sessionId, body.channels);
        const event = toEvent(entry, finalJson(entry, body, final));
        return { result, body, text: final.text, event };
      }),
    );
    const answers = await this.#appendAll(ends.map(({ event }) => event));
    const rows = ends.flatMap(({ result, body, text, event }, i): StoreRow[] => {
      const answer = answers[i];
      if (answer === undefined || !isOwed(answer)) return [];
      batch.finals.push(() => this.#publish(event, answer, result, NO_SPAN));
      const { sessionId, incarnation, seq, json } = event;
      const completedAtMs = streamTimeMs(result.id);
      return [{ sessionId, incarnation, kind: 'end', seq, event: json, body, text, completedAtMs }];
    });
    batch.store(rows);
  }

  async #appendAll(events: readonly EventToAppend[]): Promise<AppendAnswer[]> {
    const lease = this.#lease;
    if (lease.lost) return [];
    const { redis, logger, metrics } = this.#context;
    const answers = await appendEvents(redis, lease.shard, lease.value, events);
    const gap = answers?.findIndex(({ outcome }) => outcome === 'gap') ?? -1;
    if (gap >= 0) {
      const { sessionId, seq } = events[gap] as EventToAppend;
      metrics.gaps.inc();
      logger.error({ shard: lease.shard, session: sessionId, seq }, 'an earlier event is missing');
    }
    const lost = answers?.some(({ outcome }) => outcome === 'lost') ?? true;
    if (lost || gap >= 0) lease.markLost();
    return answers ?? [];
  }

  #publish(
    { sessionId, incarnation: stamp, seq: number, json }: EventToAppend,
    { gatewayId, outcome }: AppendAnswer,
    { id, entry }: Result,
    { context: trace }: Span,
  ): void {
    const heardMs = entry.meta?.heardMs;
    const message = { kind: 'event', sessionId, stamp, number, heardMs, trace, json } as const;
    const { metrics, publisher, redisNowMs } = this.#context;
    metrics.events.inc();
    if (outcome === 'ok')
      metrics.deliverySeconds.observe(Math.max(0, redisNowMs() - streamTimeMs(id)) / 1_000);
    publisher.publish(gatewayId, message);
  }

  #begin(name: string, { sessionId, seq, meta }: ResultEntry): Span {
    if (meta?.trace === undefined) return NO_SPAN;
    const attributes = { 'tributary.session': sessionId, 'tributary.shard': this.#lease.shard };
    return this.#context.tracer.begin(name, meta.trace, { ...attributes, 'tributary.seq': seq });
  }
}

function toEvent({ sessionId, incarnation, seq }: ResultEntry, json: string): EventToAppend {
  return { sessionId, incarnation, seq, json };
}

/** What was appended before is published and stored again, in case its router died in between. */
function isOwed({ outcome }: AppendAnswer): boolean {
  return outcome === 'ok' || outcome === 'old';
}
