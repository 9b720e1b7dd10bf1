import { assign, forcedMoves } from '@tributary/shared';

/** What becomes of shards when members come and go. */
export interface Simulated {
  readonly shards: number;
  readonly members: number;
  /** Members that own none: they wait for nothing and help nobody. */
  readonly idle: number;
  readonly fewest: number;
  readonly most: number;
  /** The fullest member's shards over what each would have if they could be cut. */
  readonly imbalance: number;
  readonly changes: readonly {
    readonly what: string;
    readonly moved: number;
    /** What any assignment within the cap would have to move. */
    readonly forced: number;
  }[];
}

function names(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => `worker-${from + i}`);
}

function moves(
  before: ReadonlyMap<string, readonly number[]>,
  after: ReadonlyMap<string, readonly number[]>,
): number {
  const owner = new Map<number, string>();
  for (const [name, shards] of before) for (const shard of shards) owner.set(shard, name);
  let moved = 0;
  for (const [name, shards] of after) for (const shard of shards) if (owner.get(shard) !== name) moved++;
  return moved;
}

/** Assigns, lets one member join, one leave and a tenth die, and counts. Pure. */
export function simulate(shards: number, members: number): Simulated {
  const all = names(0, members);
  const before = assign(shards, all);
  const loads = [...before.values()].map((owned) => owned.length);
  const change = (what: string, next: readonly string[]): Simulated['changes'][number] => ({
    what,
    moved: moves(before, assign(shards, next)),
    forced: forcedMoves(before, next),
  });
  const idle = members - loads.filter((load) => load > 0).length;
  return {
    shards,
    members,
    idle,
    fewest: idle > 0 ? 0 : Math.min(...loads),
    most: Math.max(...loads),
    imbalance: (Math.max(...loads) * members) / shards,
    changes: [
      change('one joins', [...all, ...names(members, members + 1)]),
      ...(members > 1 ? [change('one leaves', all.slice(1))] : []),
      ...(members >= 10 ? [change('a tenth dies', all.slice(Math.floor(members / 10)))] : []),
    ],
  };
}

/** How evenly sessions fall on shards: the fullest shard over the mean, by the spread of a Poisson distribution. */
export function sessionImbalance(sessions: number, shards: number): number {
  const mean = sessions / shards;
  // The largest of n nearly normal counts lies about sqrt(2 ln n) deviations above the mean.
  return 1 + Math.sqrt(2 * Math.log(Math.max(2, shards))) / Math.sqrt(mean);
}
