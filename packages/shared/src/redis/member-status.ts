import { keys, type Role } from '../log/keys.js';
import type { RedisClient } from './redis-client.js';
import { Script } from './script.js';

const writeScript = new Script('write-status');

/** A model that a worker serves. */
export interface ModelInfo {
  name: string;
  /** Language codes such as `en` or `zh`; `*` stands for any. */
  languages: readonly string[];
  /** True when text comes while the speaker still speaks without the segment being decoded again and again. */
  streaming: boolean;
  /** False when hot words are of no use to it; absent in what a worker of an older release says. */
  hotWords?: boolean;
}

/** What a worker or router says of itself, for health, queue status and statistics. */
export interface MemberStatus {
  id: string;
  shards: number;
  sessions: number;
  /** Segments waiting for recognition and being recognised; for a router, 0. */
  waiting: number;
  busy: number;
  concurrency: number;
  failed: number;
  /** Name of the recogniser; '' for a router. */
  engine: string;
  /** What a worker serves; absent for a router, and for a worker of a release before this was said. */
  models?: readonly ModelInfo[];
}

/** Says it; forgotten after `ttlMs`. */
export async function writeStatus(
  redis: RedisClient,
  role: Role,
  status: MemberStatus,
  ttlMs: number,
): Promise<void> {
  await writeScript.run(redis, [keys.memberStatus(role, status.id)], [JSON.stringify(status), ttlMs]);
}

/** What all live members of a role last said. */
export async function readStatuses(redis: RedisClient, role: Role): Promise<MemberStatus[]> {
  const members = await redis.zrange(keys.members(role), 0, -1);
  const texts = await Promise.all(members.map((member) => redis.get(keys.memberStatus(role, member))));
  return texts.flatMap((text) => (text === null ? [] : [JSON.parse(text) as MemberStatus]));
}
