import {
  type AppendAnswer,
  appendEvents,
  type BeginBody,
  type ChannelPublisher,
  type EndBody,
  type ErrorBody,
  type EventToAppend,
  type Lease,
  type Logger,
  markEndStored,
  NO_SPAN,
  nextId,
  parseResultEntry,
  type RedisClient,
  type ResultEntry,
  type SegmentBody,
  type Span,
  type StoreRow,
  type StreamEntry,
  type StreamId,
  streamTimeMs,
  type Tracer,
  trimStream,
} from '@tributary/shared';
import { Batch } from './batch.js';
import { eventJson, finalJson } from './event-json.js';
import { readFinalText } from './final-text.js';
import type { RouterMetrics } from './router-metrics.js';
import type { StoreWriter } from './store-writer.js';

export interface RouterContext {
  redis: RedisClient;
  publisher: ChannelPublisher;
  writer: StoreWriter;
  metrics: RouterMetrics;
  eventsTtlMs: number;
  /** Redis' clock, Unix ms. */
  redisNowMs(): number;
  logger: Logger;
  tracer: Tracer;
}

interface Result {
  id: StreamId;
  entry: ResultEntry;
}

/** Batches that may wait for Redis before the shard is read no further; what waits for PostgreSQL is counted in rows. */
const MAX_BATCHES_WAITING = 8;
/** A final result waits so long for being stored, so that history holds it when its client asks; no longer. */
const STORE_PATIENCE_MS = 50;

/**
 * All that a router does for one shard under one lease. For each batch of results: append what clients are owed,
 * publish it, store it, and trim what is stored. Publishing does not wait for storing; trimming does.
 */
export class ShardDesk {
  readonly lease: Lease;
  readonly #context: RouterContext;
  #routing: Promise<void> = Promise.resolve();
  #storing: Promise<void> = Promise.resolve();
  #waiting = 0;
  #readId: StreamId = '0-0';
  #storedId: StreamId = '0-0';
  #trimmedId: StreamId = '0-0';
  #oldestWaitingMs: number | null = null;

  constructor(context: RouterContext, lease: Lease) {
    this.#context = context;
    this.lease = lease;
  }

  /** The shard is to be read no further for now. */
  get backlogged(): boolean {
    return this.#waiting > MAX_BATCHES_WAITING;
  }

  /** Age of the oldest result that was read and is not stored, in ms. */
  ageMs(redisNowMs: number): number {
    return this.#oldestWaitingMs === null ? 0 : Math.max(0, redisNowMs - this.#oldestWaitingMs);
  }

  /** Results came from the stream, in order. */
  accept(entries: readonly StreamEntry[]): void {
    const results: Result[] = [];
    for (const { id, fields } of entries) {
      const entry = parseResultEntry(fields);
      if (entry === null)
        this.#context.logger.warn({ shard: this.lease.shard, id }, 'result of an unknown version');
      else results.push({ id, entry });
    }
    const lastId = entries.at(-1)?.id;
    if (lastId === undefined) return;
    this.#readId = lastId;
    this.#oldestWaitingMs ??= streamTimeMs(entries[0]?.id ?? lastId);
    this.#waiting++;
    this.#routing = this.#routing
      .then(() => this.#route(results, lastId))
      .then(() => {
        this.#waiting--;
      })
      .catch((error: unknown) => this.#fail(error));
  }

  /** Trims what is stored. Called several times a second. */
  sweep(): void {
    if (this.lease.lost || this.#storedId === this.#trimmedId) return;
    this.#trimmedId = this.#storedId;
    trimStream(
      this.#context.redis,
      'router',
      this.lease.shard,
      this.lease.value,
      nextId(this.#storedId),
    ).catch((error: unknown) => this.#fail(error));
  }

  /** Settles when all that was read is appended, published and stored. */
  async settle(): Promise<void> {
    await this.#routing;
    await this.#storing;
    this.sweep();
  }

  async #route(results: readonly Result[], lastId: StreamId): Promise<void> {
    const batch = new Batch(this.#context.writer);
    let events: Result[] = [];
    for (const result of results) {
      const { entry } = result;
      if (entry.kind === 'end' || entry.kind === 'deleted') {
        // A final text is made of the events before it, and what is deleted has to be stored first.
        await this.#append(events, batch);
        events = [];
      }
      if (entry.kind === 'begin')
        batch.store([{ ...key(entry), kind: 'begin', body: JSON.parse(entry.body) as BeginBody }]);
      else if (entry.kind === 'deleted') batch.store([{ ...key(entry), kind: 'deleted' }]);
      else if (entry.kind === 'end') await this.#appendEnd(result, batch);
      else events.push(result);
    }
    await this.#append(events, batch);
    // A client that asks for its history upon the final result is to find it there.
    if (batch.finals.length > 0) void batch.storedOr(STORE_PATIENCE_MS).then(() => batch.publishFinals());
    this.#storing = this.#storing
      .then(() => this.#stored(batch, lastId))
      .catch((error: unknown) => this.#fail(error));
  }

  async #append(results: readonly Result[], batch: Batch): Promise<void> {
    const events = results.map(({ entry }) => ({ ...key(entry), seq: entry.seq, json: eventJson(entry) }));
    const deliveries = results.map(({ entry }) => this.#begin('deliver', entry));
    const answers = await this.#appendAll(events);
    const rows = results.flatMap(({ id, entry }, i): StoreRow[] => {
      const event = events[i] as EventToAppend;
      const answer = answers[i];
      const delivery = deliveries[i] ?? NO_SPAN;
      if (answer === undefined || !isOwed(answer)) return [];
      this.#publish(event, answer, { id, entry }, delivery);
      delivery.end();
      const common = { ...key(entry), seq: entry.seq, event: event.json, meta: entry.meta };
      return entry.kind === 'error'
        ? [{ ...common, kind: 'error', body: JSON.parse(entry.body) as ErrorBody }]
        : [{ ...common, kind: 'segment', body: JSON.parse(entry.body) as SegmentBody }];
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

  #begin(name: string, { sessionId, seq, meta }: ResultEntry): Span {
    if (meta?.trace === undefined) return NO_SPAN;
    const attributes = { 'tributary.session': sessionId, 'tributary.shard': this.lease.shard };
    return this.#context.tracer.begin(name, meta.trace, { ...attributes, 'tributary.seq': seq });
  }

  async #appendEnd({ id, entry }: Result, batch: Batch): Promise<void> {
    const body = JSON.parse(entry.body) as EndBody;
    const text = await readFinalText(this.#context.redis, this.lease.shard, entry.sessionId);
    const json = finalJson(entry, body, text);
    const event = { ...key(entry), seq: entry.seq, json };
    const [answer] = await this.#appendAll([event]);
    if (answer === undefined || !isOwed(answer)) return;
    batch.finals.push(() => this.#publish(event, answer, { id, entry }, NO_SPAN));
    const completedAtMs = streamTimeMs(id);
    batch.store([{ ...key(entry), kind: 'end', seq: entry.seq, event: json, body, text, completedAtMs }]);
  }

  async #appendAll(events: readonly EventToAppend[]): Promise<AppendAnswer[]> {
    if (this.lease.lost) return [];
    const { redis, logger } = this.#context;
    const answers = await appendEvents(redis, this.lease.shard, this.lease.value, events);
    const gap = answers?.findIndex(({ outcome }) => outcome === 'gap') ?? -1;
    if (gap >= 0) {
      const { sessionId, seq } = events[gap] as EventToAppend;
      this.#context.metrics.gaps.inc();
      logger.error({ shard: this.lease.shard, session: sessionId, seq }, 'an earlier event is missing');
    }
    if (answers === null || gap >= 0) this.lease.markLost();
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

  async #stored(batch: Batch, lastId: StreamId): Promise<void> {
    const { redis, eventsTtlMs } = this.#context;
    await batch.stored();
    await Promise.all(
      batch.ends.map((end) => markEndStored(redis, this.lease.shard, this.lease.value, end, eventsTtlMs)),
    );
    if (this.lease.lost) return;
    this.#storedId = lastId;
    this.#oldestWaitingMs = this.#readId === lastId ? null : streamTimeMs(lastId);
  }

  #fail(error: unknown): void {
    this.#context.logger.error(
      { shard: this.lease.shard, err: String(error) },
      'shard failed, taking it anew',
    );
    this.lease.markLost();
  }
}

function key(entry: ResultEntry): { sessionId: string; incarnation: string } {
  return { sessionId: entry.sessionId, incarnation: entry.incarnation };
}

/** What was appended before is published and stored again, in case its router died in between. */
function isOwed({ outcome }: AppendAnswer): boolean {
  return outcome === 'ok' || outcome === 'old';
}
