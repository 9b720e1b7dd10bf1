import {
  deleteLiveSession,
  healSession,
  keys,
  type Lease,
  type Logger,
  type Mark,
  markHealed,
  type RedisClient,
  type SessionHealing,
  sessionOptions,
  shardOf,
  TOMBSTONE_MS,
} from '@tributary/shared';
import {
  type ActiveStoredSession,
  type LaterEvent,
  readActiveSessions,
  readDeletedSessions,
  readEventsPast,
  type Tables,
} from '@tributary/shared/store';
import type { Kysely } from 'kysely';
import { nanoid } from 'nanoid';

export interface HealerOptions {
  redis: RedisClient;
  db: Kysely<Tables>;
  /** Settles when the rows are stored that were routed before Redis was started again. */
  stored(): Promise<void>;
  /** Settles once the tables exist. */
  migrated: Promise<void>;
  /** So many sessions of a shard were raised. */
  healed(sessions: number): void;
  shardCount: number;
  eventsTtlMs: number;
  graceMs: number;
  logger: Logger;
}

interface Known {
  sessionId: string;
  incarnation: string;
  /** `seq` of the last event that Redis has; less than its client was told of, in one that a gateway has restored. */
  seq: number;
  userId: string;
  missing: boolean;
}

/** What PostgreSQL holds of the sessions of all shards. */
interface Stored {
  active: ActiveStoredSession[];
  deleted: { id: string; incarnation: string }[];
}

const RETRY_MS = 500;
const PAGE = 500;
/** Shards that are healed together share one look at the sessions PostgreSQL holds as active. */
const SHARE_LOOK_MS = 2_000;
/** Redis holds nothing of sessions that began longer ago, their greatest length and what is kept for late clients included. */
const RECENT_MS = 48 * 3_600_000;
const TAG_LENGTH = 6;
const DEFAULT_OPTIONS = JSON.stringify(sessionOptions({ action: 'start' }));

/**
 * After a start of Redis its data may be older than what clients were given: before any worker may take a shard, its
 * router raises marks, `seq`, events and ends of the shard's sessions to what PostgreSQL holds.
 */
export class Healer {
  readonly #options: HealerOptions;
  #look: { at: number; stored: Promise<Stored> } | null = null;

  constructor(options: HealerOptions) {
    this.#options = options;
  }

  /** Settles when the shard is healed, or the lease is lost. */
  async heal(lease: Lease): Promise<void> {
    const { redis, migrated, stored, logger } = this.#options;
    await migrated;
    await stored();
    for (let attempt = 0; !lease.lost; attempt++) {
      try {
        const raised = await this.#raise(lease);
        if (!(await markHealed(redis, lease.shard, lease.value, lease.runId))) lease.markLost();
        this.#options.healed(raised);
        if (raised > 0) logger.info({ shard: lease.shard, sessions: raised }, 'shard healed');
        return;
      } catch (error) {
        if (attempt === 0)
          logger.warn({ shard: lease.shard, err: String(error) }, 'healing failed, trying again');
        this.#look = null;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  async #raise(lease: Lease): Promise<number> {
    const { redis, db, eventsTtlMs, graceMs } = this.#options;
    await this.#deleteAgain(lease.shard);
    const known = await this.#known(lease.shard);
    let raised = 0;
    for (let at = 0; at < known.length; at += PAGE) {
      const page = known.slice(at, at + PAGE);
      const events = bySession(await readEventsPast(db, page));
      for (const session of page) {
        const later = events.get(session.sessionId) ?? [];
        if (later.length === 0 && !session.missing) continue;
        if (
          !(await healSession(redis, lease.shard, lease.value, healing(session, later), {
            eventsTtlMs,
            graceMs,
          }))
        ) {
          lease.markLost();
          return raised;
        }
        raised++;
      }
    }
    return raised;
  }

  /** Sessions that are live in Redis, and those that PostgreSQL holds as active. */
  async #known(shard: number): Promise<Known[]> {
    const { redis, shardCount } = this.#options;
    const live = await redis.zrange(keys.deadlines(shard), 0, -1);
    const { active } = await this.#stored();
    const stored = active.filter(({ id }) => shardOf(id, shardCount) === shard);
    const newest = new Map<string, ActiveStoredSession>();
    for (const session of stored) {
      const other = newest.get(session.id);
      if (other === undefined || other.incarnation < session.incarnation) newest.set(session.id, session);
    }
    const ids = [...new Set([...live, ...newest.keys()])];
    return (
      await Promise.all(
        ids.map(async (sessionId) => {
          const key = keys.session(shard, sessionId);
          const incarnation = await redis.hget(key, 'incarnation');
          const active = newest.get(sessionId);
          const present = incarnation ?? '';
          if (active === undefined || active.incarnation <= present) {
            return {
              sessionId,
              incarnation: present,
              seq: await lastEvent(redis, shard, sessionId),
              userId: '',
              missing: false,
            };
          }
          return {
            sessionId,
            incarnation: active.incarnation,
            seq: 0,
            userId: active.user_id,
            missing: true,
          };
        }),
      )
    ).filter(({ incarnation }) => incarnation !== '');
  }

  /** Redis may have lost that a session was deleted, and have all of it again. */
  async #deleteAgain(shard: number): Promise<void> {
    const { redis, shardCount } = this.#options;
    const deleted = (await this.#stored()).deleted.filter(({ id }) => shardOf(id, shardCount) === shard);
    await Promise.all(
      deleted.map(({ id, incarnation }) =>
        deleteLiveSession(redis, shard, id, TOMBSTONE_MS, nanoid(TAG_LENGTH), incarnation),
      ),
    );
  }

  #stored(): Promise<Stored> {
    const now = performance.now();
    if (this.#look === null || now - this.#look.at > SHARE_LOOK_MS) {
      this.#look = { at: now, stored: readStored(this.#options.db) };
    }
    return this.#look.stored;
  }
}

async function readStored(db: Kysely<Tables>): Promise<Stored> {
  const [active, deleted] = await Promise.all([
    readActiveSessions(db),
    readDeletedSessions(db, new Date(Date.now() - RECENT_MS)),
  ]);
  return { active, deleted };
}

/** `seq` of the newest event in Redis, 0 for none. */
async function lastEvent(redis: RedisClient, shard: number, sessionId: string): Promise<number> {
  const [newest] = await redis.xrevrange(keys.events(shard, sessionId), '+', '-', 'COUNT', 1);
  return newest === undefined ? 0 : Number.parseInt(newest[0], 10);
}

function bySession(events: readonly LaterEvent[]): Map<string, LaterEvent[]> {
  const groups = new Map<string, LaterEvent[]>();
  for (const event of events) {
    const group = groups.get(event.session_id);
    if (group === undefined) groups.set(event.session_id, [event]);
    else group.push(event);
  }
  return groups;
}

function healing(session: Known, later: readonly LaterEvent[]): SessionHealing {
  const mark = later.findLast((event) => event.mark !== null)?.mark ?? '';
  return {
    sessionId: session.sessionId,
    incarnation: session.incarnation,
    userId: session.userId,
    options: DEFAULT_OPTIONS,
    mark,
    committedThrough: mark === '' ? -1 : (JSON.parse(mark) as Mark).chunk - 1,
    ended: later.some((event) => event.kind === 'final_result'),
    events: later.map(({ seq, event }) => ({ seq, json: event })),
  };
}
