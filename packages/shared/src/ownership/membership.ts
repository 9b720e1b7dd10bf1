import type { Role } from '../log/keys.js';
import { presentMembers } from '../redis/presence.js';
import type { RedisClient } from '../redis/redis-client.js';
import { freeLease, heartbeat, replaceMember } from '../redis/shard-scripts.js';
import type { Logger } from '../telemetry/logger.js';
import { assign } from './assign.js';
import { MemberWatch } from './member-watch.js';
import { stableNames } from './stable-names.js';

export interface MembershipOptions {
  redis: RedisClient;
  role: Role;
  /** What this process is called again after it was started anew. */
  instanceId: string;
  /** Unique name of this process, `<instanceId>-<random>`; also the name of its consumer group. */
  memberId: string;
  shardCount: number;
  leaseMs: number;
  logger: Logger;
}

/** What one heartbeat learnt. */
export interface Beat {
  /** Redis' clock, Unix ms. */
  redisTimeMs: number;
  /** Which run of Redis answered. */
  runId: string;
  /** Shards that are ours; null when the list of members does not name us. */
  assigned: readonly number[] | null;
}

/** A member that stopped listening for this share of a lease is dead. */
const MISSED_FOR = 1 / 6;

/** This process among the members of its role: it says that it lives, and ends what the dead still hold. */
export class Membership {
  readonly #options: MembershipOptions;
  readonly #watch: MemberWatch;
  #watching: Promise<void> | null = null;

  constructor(options: MembershipOptions) {
    this.#options = options;
    this.#watch = new MemberWatch(options.leaseMs * MISSED_FOR);
  }

  /**
   * Ends what an earlier process of this instance held, once: it need not be waited for. Should it live, because two
   * were given one name, it takes part again as a member of its own.
   */
  async replacePredecessor(): Promise<void> {
    const { redis, role, memberId, instanceId } = this.#options;
    for (const member of await replaceMember(redis, role, memberId, instanceId)) await this.#free(member);
  }

  /** Says that we live, and learns what is ours. */
  async beat(): Promise<Beat> {
    const { redis, role, memberId, shardCount, leaseMs, logger } = this.#options;
    const { redisTimeMs, runId, members } = await heartbeat(redis, role, memberId, leaseMs);
    // Not waited for: where several servers would have to answer, one of them may be away.
    this.#watching ??= this.#forgetDead(members)
      .catch((error: unknown) => logger.debug({ err: String(error) }, 'members not looked at'))
      .finally(() => {
        this.#watching = null;
      });
    const names = stableNames(members);
    const own = [...names].find(([, member]) => member === memberId)?.[0];
    if (own === undefined) return { redisTimeMs, runId, assigned: null };
    return { redisTimeMs, runId, assigned: assign(shardCount, [...names.keys()]).get(own) ?? [] };
  }

  /** The others need not wait until our heartbeat runs out. */
  async leave(): Promise<void> {
    const { redis, role, memberId } = this.#options;
    await heartbeat(redis, role, memberId, 0);
  }

  async #forgetDead(members: readonly string[]): Promise<void> {
    const { redis, role, memberId } = this.#options;
    const listening = await presentMembers(redis, role, members);
    for (const member of this.#watch.look(members, listening, memberId, performance.now())) {
      await heartbeat(redis, role, member, 0);
      await this.#free(member);
    }
  }

  async #free(member: string): Promise<void> {
    const { redis, role, shardCount, logger } = this.#options;
    const shards = Array.from({ length: shardCount }, (_, shard) => shard);
    const freed = await Promise.all(shards.map((shard) => freeLease(redis, role, shard, member)));
    logger.info({ member, shards: freed.filter(Boolean).length }, 'leases of a process that is gone ended');
  }
}
