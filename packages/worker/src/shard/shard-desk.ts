import {
  type AudioEntry,
  compareIds,
  type Lease,
  nextId,
  noteAttempts,
  parseAudioEntry,
  type RedisClient,
  type StreamEntry,
  type StreamId,
  streamTimeMs,
  trimStream,
  withDefaults,
} from '@tributary/shared';
import type { ReadyConclusion } from '../session/conclusion-queue.js';
import type { WorkerContext } from '../worker-context.js';
import { ActiveSession, type StoredSession } from './active-session.js';
import { Committer, LeaseLostError } from './committer.js';
import { countConclusion } from './count-conclusion.js';
import { EntryBatches } from './entry-batches.js';
import { loadSession } from './load-session.js';
import { reportHole } from './report-hole.js';
import { ShardSessions } from './shard-sessions.js';
import { TrimPlan } from './trim-plan.js';

interface ParsedEntry {
  id: StreamId;
  entry: AudioEntry;
}

/** Batches that wait until sessions are loaded, or for their turn. */
const MAX_BATCHES_WAITING = 4;

const isOlder = (a: StreamId, b: StreamId): boolean => compareIds(a, b) < 0;

/**
 * All that a worker does for one shard under one lease: entries in, sessions fed, conclusions committed.
 * It lives as long as the lease; a new lease gets a new desk that remembers nothing.
 */
export class ShardDesk {
  readonly lease: Lease;
  readonly #context: WorkerContext;
  readonly #redis: RedisClient;
  readonly #committer: Committer;
  readonly #sessions = new ShardSessions<ActiveSession>();
  readonly #batches: EntryBatches<ParsedEntry>;
  #processedId: StreamId = '0-0';
  readonly #trims = new TrimPlan(() => this.#oldestNeeded());
  #streamNowMs = 0;

  constructor(context: WorkerContext, lease: Lease) {
    this.#context = context;
    this.#redis = context.redis;
    this.lease = lease;
    this.#committer = new Committer({
      redis: context.redis,
      lease,
      oldestNeeded: () => this.#trims.withCommit(performance.now()),
      metrics: context.metrics,
    });
    this.#batches = new EntryBatches({
      turns: context.turns,
      mustLoad: ({ entry }) => this.#mustLoad(entry),
      load: (entries) => this.#loadUnknown(entries),
      feed: (entry) => this.#feed(entry),
      done: (lastId) => {
        this.#processedId = lastId;
      },
      stopped: () => lease.lost,
      failed: (error) => this.#fail(error),
    });
  }

  /** More has been read than could be begun: reading is to pause. */
  get backlogged(): boolean {
    return this.#batches.waiting > MAX_BATCHES_WAITING;
  }

  get activeSessions(): number {
    return this.#sessions.size;
  }

  /**
   * Age of the oldest entry that was read and waits: to be begun, or for the recogniser with what it completed. The audio
   * of a segment that is still open waits for nobody.
   */
  ageMs(redisNowMs: number): number {
    let oldestMs = this.#batches.oldestMs ?? redisNowMs;
    for (const { queue } of this.#sessions.values()) {
      oldestMs = Math.min(oldestMs, queue.oldestMs ?? redisNowMs);
    }
    return redisNowMs - oldestMs;
  }

  /** Entries came from the stream, in order. */
  accept(entries: readonly StreamEntry[]): void {
    const parsed: ParsedEntry[] = [];
    for (const { id, fields } of entries) {
      const entry = parseAudioEntry(fields, this.#context.slabs);
      if (entry === null)
        this.#context.logger.warn({ shard: this.lease.shard, id }, 'entry of an unknown version, or none');
      else parsed.push({ id, entry });
    }
    const last = entries.at(-1);
    if (last !== undefined) this.#batches.accept(parsed, last.id);
  }

  /** All that had arrived by this time of Redis' clock has been read. */
  caughtUp(redisNowMs: number): void {
    if (this.#batches.waiting === 0) this.#streamNowMs = Math.max(this.#streamNowMs, redisNowMs);
  }

  /** Cuts at gaps, reports holes, forgets, trims. Called several times a second. */
  sweep(redisNowMs: number): void {
    if (this.lease.lost || this.#batches.waiting > 0) return;
    this.#sessions.forgetGone(redisNowMs);
    for (const active of this.#sessions.values()) {
      active.sweep(this.#streamNowMs);
      reportHole(this.#context, this.lease.shard, active, this.#streamNowMs);
    }
    const oldest = this.#trims.apart(performance.now());
    if (oldest === '') return;
    trimStream(this.#redis, 'worker', this.lease.shard, this.lease, oldest).catch((error: unknown) =>
      this.#fail(error),
    );
  }

  /** Commits what can be committed without more audio; for a hand-over. */
  async settle(): Promise<void> {
    await this.#batches.idle();
    await Promise.allSettled([...this.#sessions.values()].map(({ queue }) => queue.idle()));
    await this.#committer.idle();
  }

  /** What is open at the recogniser is given up: the next owner hears it again. */
  close(): void {
    for (const active of this.#sessions.values()) active.close();
  }

  #feed({ id, entry }: ParsedEntry): void {
    this.#processedId = id;
    this.#streamNowMs = Math.max(this.#streamNowMs, streamTimeMs(id));
    const active = this.#sessions.get(entry.sessionId);
    if (active === undefined || active.isStale(entry.epoch)) return;
    if (entry.kind === 'control' && !active.isHeardWith(withDefaults(entry.body.options))) {
      this.#compareOptions(active).catch((error: unknown) => this.#fail(error));
    }
    active.feed(id, entry);
  }

  /**
   * A session that was healed from PostgreSQL has no options until its gateway restores it, and may have been met before that.
   * What was heard with other options than it has is then heard again. Redis is asked, since an entry may be older than both.
   */
  async #compareOptions(active: ActiveSession): Promise<void> {
    const { shard } = this.lease;
    const { stored } = await loadSession(this.#redis, shard, active.id);
    if (stored?.incarnation !== active.incarnation || active.isHeardWith(stored.options)) return;
    this.#context.logger.warn({ shard, session: active.id }, 'options were restored, taking the shard anew');
    this.lease.markLost();
  }

  /** Reads the state of sessions that are met for the first time, or that begin anew. */
  async #loadUnknown(parsed: readonly ParsedEntry[]): Promise<void> {
    const wanted = new Map<string, StreamId>();
    for (const { id, entry } of parsed) {
      if (!wanted.has(entry.sessionId) && this.#mustLoad(entry)) wanted.set(entry.sessionId, id);
    }
    await Promise.all([...wanted].map(([sessionId, firstId]) => this.#load(sessionId, firstId)));
  }

  #mustLoad(entry: AudioEntry): boolean {
    return this.#sessions.isNews(entry.sessionId, entry.kind === 'control' ? entry.body.incarnation : null);
  }

  async #load(sessionId: string, firstId: StreamId): Promise<void> {
    const loaded = await loadSession(this.#redis, this.lease.shard, sessionId);
    if (loaded.stored === null) {
      return this.#sessions.gone(sessionId, loaded.incarnation, streamTimeMs(firstId));
    }
    const { stored, userId, createdAtMs } = loaded;
    const active = this.#open(stored);
    this.#sessions.opened(active);
    if (stored.mark !== null) this.#context.metrics.replays.inc();
    else {
      active.pinned.add(firstId);
      this.#begin(active, firstId, { userId, language: stored.options.language, createdAtMs });
    }
  }

  #open(stored: StoredSession): ActiveSession {
    const { engine, workerId, maxSegmentSeconds, publish, waitingBytes, tracer, metrics } = this.#context;
    const attributes = { 'tributary.session': stored.id, 'tributary.shard': this.lease.shard };
    const active: ActiveSession = new ActiveSession(stored, {
      engine,
      workerId,
      maxSegmentSeconds,
      publish,
      waitingBytes,
      commit: (ready) => this.#commit(active, ready),
      failed: (error) => this.#fail(error),
      interimMade: ({ delayMs, decodeMs }) => {
        metrics.interimDelaySeconds.observe(delayMs / 1_000);
        metrics.interimDecodeSeconds.observe(decodeMs / 1_000);
      },
      begin: (name, parent) => tracer.begin(name, parent, attributes),
      noteAttempts: (json) => {
        const session = { sessionId: stored.id, incarnation: stored.incarnation };
        noteAttempts(this.#redis, this.lease.shard, this.lease.value, session, json).catch((error: unknown) =>
          this.#context.logger.warn(
            { shard: this.lease.shard, session: stored.id, err: String(error) },
            'attempts not noted',
          ),
        );
      },
    });
    return active;
  }

  /** The first conclusion of a session: that it exists. */
  #begin(active: ActiveSession, firstId: StreamId, body: object): void {
    this.#committer
      .commit({
        sessionId: active.id,
        incarnation: active.incarnation,
        kind: 'begin',
        body: JSON.stringify(body),
        meta: '',
        mark: '',
        committedThrough: -1,
      })
      .then(() => active.pinned.delete(firstId))
      .catch((error: unknown) => this.#fail(error));
  }

  async #commit(active: ActiveSession, ready: ReadyConclusion): Promise<void> {
    const { mark } = ready;
    // What is stored with a result says where the session stands behind it, too.
    const markJson = ready.meta?.mark ?? JSON.stringify(mark);
    const answer = await this.#committer.commit({
      sessionId: active.id,
      incarnation: active.incarnation,
      kind: ready.kind,
      body: JSON.stringify(ready.body),
      meta: ready.meta === null ? '' : JSON.stringify(ready.meta),
      mark: markJson,
      committedThrough: mark.chunk - 1,
    });
    if (answer.outcome !== 'stale') countConclusion(this.#context.metrics, ready);
    if (answer.outcome === 'stale' || ready.kind === 'end') {
      return this.#sessions.ended(active, this.#streamNowMs);
    }
    this.#context.publish(answer.gatewayId, {
      kind: 'committed',
      sessionId: active.id,
      stamp: active.incarnation,
      number: mark.chunk - 1,
      json: `{"seq":${answer.seq},"mark":${markJson}}`,
    });
  }

  /** Oldest id that any session of the shard still needs; behind all that was processed when none needs any. */
  #oldestNeeded(): StreamId | '' {
    if (this.#processedId === '0-0') return '';
    let oldest = nextId(this.#processedId);
    for (const active of this.#sessions.values()) {
      const needed = active.oldestNeeded();
      if (needed !== null && isOlder(needed, oldest)) oldest = needed;
    }
    return oldest;
  }

  #fail(error: unknown): void {
    if (error instanceof LeaseLostError) {
      this.#context.metrics.commits.inc({ outcome: 'fenced' });
      this.#context.logger.warn({ shard: this.lease.shard, err: error.message }, 'lease lost');
    } else {
      this.#context.logger.error(
        { shard: this.lease.shard, err: String(error) },
        'shard failed, taking it anew',
      );
    }
    this.lease.markLost();
  }
}
