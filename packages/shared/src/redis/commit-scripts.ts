import { keys } from '../log/keys.js';
import { type ResultKind, resultLetter } from '../log/result-entries.js';
import type { Stamp } from '../log/stamp.js';
import { GatheredScript } from './gathered-script.js';
import type { RedisClient } from './redis-client.js';

const commitScript = new GatheredScript('commit');
const appendScript = new GatheredScript('append-events');

export interface Commit {
  number: number;
  /** Random, so that a commit number given out again by an older Redis is told apart. */
  tag: string;
  sessionId: string;
  incarnation: Stamp;
  /** null moves the mark only. */
  kind: ResultKind | null;
  body: string;
  meta: string;
  mark: string;
  committedThrough: number;
  /** Oldest stream id that the shard still needs, '' to trim nothing. */
  oldestNeeded: string;
}

export interface CommitAnswer {
  outcome: 'ok' | 'done' | 'stale' | 'lease' | 'number';
  seq: number;
  gatewayId: string;
}

/** Makes one conclusion of a worker durable; see `lua/commit.lua`. */
export async function commit(
  redis: RedisClient,
  shard: number,
  lease: string,
  what: Commit,
): Promise<CommitAnswer> {
  const [outcome, seq, gatewayId] = (await commitScript.run(
    redis,
    [
      keys.lease(shard, 'worker'),
      keys.shard(shard),
      keys.session(shard, what.sessionId),
      keys.audio(shard),
      keys.results(shard),
      keys.deadlines(shard),
    ],
    [
      lease,
      what.number,
      what.tag,
      what.sessionId,
      what.incarnation,
      what.kind === null ? '' : resultLetter(what.kind),
      what.body,
      what.meta,
      what.mark,
      '',
      what.committedThrough,
      what.oldestNeeded,
    ],
  )) as [CommitAnswer['outcome'], number, string];
  return { outcome, seq, gatewayId };
}

export interface EventToAppend {
  sessionId: string;
  incarnation: Stamp;
  seq: number;
  /** What the client will be sent. */
  json: string;
}

export interface AppendAnswer {
  outcome: 'ok' | 'old' | 'gap' | 'lost' | 'stale';
  gatewayId: string;
}

/** Appends events of one shard in order; null when the lease is not ours. See `lua/append-events.lua`. */
export async function appendEvents(
  redis: RedisClient,
  shard: number,
  lease: string,
  events: readonly EventToAppend[],
): Promise<AppendAnswer[] | null> {
  if (events.length === 0) return [];
  const reply = (await appendScript.run(
    redis,
    [
      keys.lease(shard, 'router'),
      ...events.flatMap((event) => [
        keys.session(shard, event.sessionId),
        keys.events(shard, event.sessionId),
      ]),
    ],
    [lease, ...events.flatMap((event) => [event.incarnation, event.seq, event.json])],
  )) as string[];
  if (reply[0] === 'lease') return null;
  return events.map((_, i) => ({
    outcome: reply[2 * i] as AppendAnswer['outcome'],
    gatewayId: reply[2 * i + 1] ?? '',
  }));
}
