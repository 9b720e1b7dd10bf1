import { keys, type Role } from '../log/keys.js';
import type { RedisOptions } from './connect.js';
import { masters, type RedisClient } from './redis-client.js';
import { type Subscription, subscribe } from './subscribe.js';

export interface PresenceOptions extends Omit<RedisOptions, 'name'> {
  /** The process' connection for commands. */
  commands: RedisClient;
  role: Role;
  memberId: string;
}

/** Listens on a channel to which nobody speaks: Redis knows that we live as long as the connection does. */
export async function announcePresence(options: PresenceOptions): Promise<Subscription> {
  const { role, memberId } = options;
  return await subscribe({
    ...options,
    name: `${role} ${memberId} presence`,
    channel: keys.presenceChannel(role, memberId),
    onMessage: () => undefined,
    onGap: () => undefined,
  });
}

/** Those of some members that are listening, on whatever server. */
export async function presentMembers(
  redis: RedisClient,
  role: Role,
  members: readonly string[],
): Promise<Set<string>> {
  const channels = members.map((member) => keys.presenceChannel(role, member));
  const replies = await Promise.all(
    masters(redis).map(async (server) => (await server.pubsub('NUMSUB', ...channels)) as (string | number)[]),
  );
  return new Set(members.filter((_, i) => replies.some((counts) => Number(counts[2 * i + 1]) > 0)));
}
