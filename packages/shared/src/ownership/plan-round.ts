/**
 * What a member of a role does in one round: a pure function of the leases it holds, the shards that are its own
 * and the time.
 *
 * ```
 *                        take
 *   not held ──────────────────────────────► held ──┐ renew, after a third of a lease
 *      ▲ ▲                                    │ │ ◄─┘
 *      │ └─ drop: lost, not renewed in time ──┘ │
 *      └─── hand over: no longer assigned ──────┘
 * ```
 *
 * The four lists have no shard in common, except that one to be handed over is renewed first when that is due: handing
 * over takes time. One that is dropped is taken anew in the same round when it is still assigned.
 */

/** A lease as its owner sees it. Times are of one monotonic clock, in ms. */
export interface HeldLease {
  shard: number;
  /** When the request that last gave or prolonged it was sent: it runs from then on at the earliest. */
  renewedAt: number;
  /** Somebody found out that it is not ours any more. */
  lost: boolean;
}

export interface RoundPlan {
  /** Forget at once; nothing may be done in the name of these any more. */
  drop: number[];
  renew: number[];
  handOver: number[];
  take: number[];
}

/** A lease is prolonged when a third of it has passed. */
const RENEW_AFTER = 1 / 3;
/** What was not renewed for this share of a lease is taken for lost, before Redis gives it to somebody else. */
const EXPIRES_AFTER = 0.95;

/**
 * @param assigned shards that are ours; null when that is not known, as with a member list that is empty or does not
 * name us: then nothing is taken and nothing given up, and what is held is kept as long as it can be renewed
 */
export function planRound(
  held: readonly HeldLease[],
  assigned: readonly number[] | null,
  nowMs: number,
  leaseMs: number,
): RoundPlan {
  const drop: number[] = [];
  const kept: HeldLease[] = [];
  for (const lease of held) {
    if (lease.lost || nowMs - lease.renewedAt > leaseMs * EXPIRES_AFTER) drop.push(lease.shard);
    else kept.push(lease);
  }
  const renew = kept.filter(({ renewedAt }) => nowMs - renewedAt > leaseMs * RENEW_AFTER);
  const plan = { drop, renew: renew.map(({ shard }) => shard), handOver: [], take: [] };
  if (assigned === null) return plan;
  const mine = new Set(assigned);
  const have = new Set(kept.map(({ shard }) => shard));
  return {
    ...plan,
    handOver: kept.filter(({ shard }) => !mine.has(shard)).map(({ shard }) => shard),
    take: [...mine].filter((shard) => !have.has(shard)),
  };
}
