/** Every Redis key and channel of Tributary is built here and nowhere else. */

export type Role = 'worker' | 'router';

/** All keys of a shard carry its hash tag, so they live in one Redis Cluster slot. */
const tag = (shard: number): string => `{t:${shard}}`;

export const keys = {
  audio: (shard: number): string => `${tag(shard)}:audio`,
  results: (shard: number): string => `${tag(shard)}:results`,
  session: (shard: number, sessionId: string): string => `${tag(shard)}:session:${sessionId}`,
  events: (shard: number, sessionId: string): string => `${tag(shard)}:events:${sessionId}`,
  deadlines: (shard: number): string => `${tag(shard)}:deadlines`,
  lease: (shard: number, role: Role): string => `${tag(shard)}:lease:${role}`,
  /** Hash of what a shard must never forget: last number given out, commit numbers, groups, readiness. */
  shard: (shard: number): string => `${tag(shard)}:shard`,
  members: (role: Role): string => `t:members:${role}`,
  memberStatus: (role: Role, memberId: string): string => `t:status:${role}:${memberId}`,
  /** Nobody speaks there; who listens lives. */
  presenceChannel: (role: Role, memberId: string): string => `t:present:${role}:${memberId}`,
  /** The shard count this deployment was made with. */
  shardCount: 't:shards',
  gatewayChannel: (gatewayId: string): string => `t:gateway:${gatewayId}`,
} as const;

/**
 * The shard of a session: FNV-1a over its characters, finished by MurmurHash3's 32-bit mixer so that
 * ids that differ only in their last character spread well, modulo `shardCount`.
 */
export function shardOf(sessionId: string, shardCount: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < sessionId.length; i++) {
    hash = Math.imul(hash ^ sessionId.charCodeAt(i), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % shardCount;
}
