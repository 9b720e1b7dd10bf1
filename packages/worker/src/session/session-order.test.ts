import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Cursor, type OrderEffect, type OrderEntry, SessionOrder } from './session-order.js';

/** Entries of a shard's stream as one session sees them. */
type Logged =
  | { kind: 'control'; id: string; epoch: string; timeMs: number }
  | { kind: 'entry'; id: string; entry: OrderEntry<string>; timeMs: number };

const NEW: Cursor = { epoch: '', n: 0, lastChunk: -1 };

function stamp(number: number): string {
  return `${number}.tag`;
}

function control(id: number, epoch: number): Logged {
  return { kind: 'control', id: `${id}-0`, epoch: stamp(epoch), timeMs: id };
}

function chunk(id: number, epoch: number, n: number, index: number): Logged {
  const entry = {
    id: `${id}-0`,
    epoch: stamp(epoch),
    n,
    chunk: { index, audio: `c${index}` },
    reason: 'completed' as const,
  };
  return { kind: 'entry', id: `${id}-0`, entry, timeMs: id };
}

function run(order: SessionOrder<string>, log: readonly Logged[]): OrderEffect<string>[] {
  return log.flatMap((item) =>
    item.kind === 'control' ? order.control(item.epoch, item.timeMs) : order.entry(item.entry, item.timeMs),
  );
}

function taken(effects: readonly OrderEffect<string>[]): number[] {
  return effects.flatMap((effect) => (effect.kind === 'take' ? [effect.index] : []));
}

test('doubles, early entries and stale epochs', () => {
  const order = new SessionOrder<string>(NEW);
  const effects = run(order, [
    control(1, 10),
    chunk(2, 10, 0, 0),
    chunk(3, 10, 0, 0),
    chunk(4, 10, 2, 2),
    chunk(5, 10, 1, 1),
    control(6, 20),
    chunk(7, 10, 3, 3),
    chunk(8, 20, 0, 2),
    chunk(9, 20, 1, 3),
  ]);
  expect(taken(effects)).toEqual([0, 1, 2, 3]);
});

test('a hole is seen, and gone once it is filled', () => {
  const order = new SessionOrder<string>(NEW);
  run(order, [control(1, 10), chunk(2, 10, 0, 0), chunk(3, 10, 2, 2)]);
  expect(order.hole).toEqual({ epoch: stamp(10), n: 1, sinceMs: 3 });
  run(order, [chunk(4, 10, 1, 1)]);
  expect(order.hole).toBeNull();
});

test('what a new epoch does not bring again is taken from what was held, what is in neither is counted', () => {
  const order = new SessionOrder<string>(NEW);
  const effects = run(order, [
    control(1, 10),
    chunk(2, 10, 0, 0),
    chunk(3, 10, 2, 2),
    chunk(4, 10, 3, 3),
    control(5, 20),
    chunk(6, 20, 0, 4),
  ]);
  expect(taken(effects)).toEqual([0, 2, 3, 4]);
  expect(effects.flatMap((effect) => (effect.kind === 'take' ? [effect.gap] : []))).toEqual([0, 1, 0, 0]);
});

test('what was concluded is not kept back, whichever epoch it was read in', () => {
  const log = [control(1, 10), chunk(2, 10, 0, 0), chunk(3, 10, 1, 1), control(4, 20), chunk(5, 20, 0, 1)];
  const order = new SessionOrder<string>({ epoch: stamp(20), n: 1, lastChunk: 1 });
  for (const item of log) {
    const effects = run(order, [item]);
    expect(effects.map(({ kind }) => kind)).toEqual(item.kind === 'entry' ? ['drop'] : []);
    expect([...order.heldIds()]).toEqual([]);
  }
});

test('what was held is not kept back once the new epoch has brought it, or more', () => {
  const order = new SessionOrder<string>(NEW);
  run(order, [control(1, 10), chunk(2, 10, 0, 0), chunk(3, 10, 2, 0), chunk(4, 10, 3, 2), control(5, 20)]);
  expect([...order.heldIds()]).toEqual(['4-0']);
  expect(run(order, [chunk(6, 20, 0, 1), chunk(7, 20, 1, 2)]).map(({ kind }) => kind)).toEqual([
    'take',
    'take',
    'drop',
  ]);
  expect([...order.heldIds()]).toEqual([]);
});

test('what came behind a newer epoch, whose beginning is trimmed, is dropped when that began long ago', () => {
  const epoch = '7000000.tag';
  const order = new SessionOrder<string>({ epoch, n: 1, lastChunk: 1 });
  run(order, [chunk(8_000, 10, 3, 3)]);
  expect(order.overdue(6_999)).toEqual([]);
  expect([...order.heldIds()]).toEqual(['8000-0']);
  expect(order.overdue(7_000).map(({ kind }) => kind)).toEqual(['drop']);
  expect([...order.heldIds()]).toEqual([]);
});

test('what lies behind a hole is taken when its client is silent for long, unless that lacks something itself', () => {
  const order = new SessionOrder<string>(NEW);
  run(order, [control(1, 10), chunk(2, 10, 1, 1), chunk(3, 10, 3, 3), control(4, 20), chunk(5, 20, 1, 2)]);
  expect(order.overdue(1_000)).toEqual([]);
  expect(taken(run(order, [chunk(6, 20, 0, 0)]))).toEqual([0, 1, 2]);
  expect(order.overdue(5)).toEqual([]);
  const effects = order.overdue(6);
  expect(effects).toMatchObject([{ kind: 'take', index: 3, gap: 0 }]);
  expect([...order.heldIds()]).toEqual([]);
});

interface Script {
  /** Epochs: which chunk each gateway begins with, and how many it sends. */
  epochs: { from: number; count: number; order: number[]; doubled: number[]; lost: number[] }[];
}

/** A gateway's sends as the stream may come to hold them: XADDs refused and repeated, so out of order and doubled. */
function logOf(script: Script): { log: Logged[]; brought: Set<number> } {
  const log: Logged[] = [];
  const brought = new Set<number>();
  let id = 1;
  let next = 0;
  script.epochs.forEach(({ from, count, order, doubled, lost }, e) => {
    const epoch = (e + 1) * 10;
    log.push(control(id++, epoch));
    const begin = Math.max(0, next - from);
    const places = Array.from({ length: count }, (_, n) => n);
    places.sort((a, b) => (order[a % order.length] ?? 0) - (order[b % order.length] ?? 0) || a - b);
    for (const n of [...places, ...doubled.filter((place) => place < count)]) {
      if (lost.includes(n)) continue;
      log.push(chunk(id++, epoch, n, begin + n));
      brought.add(begin + n);
    }
    next = Math.max(next, begin + count);
  });
  // The session ends as a deadline ends it, in an epoch of its own.
  log.push(control(id++, 1_000));
  const finish = { id: `${id}-0`, epoch: stamp(1_000), n: 0, chunk: null, reason: 'abandoned' as const };
  log.push({ kind: 'entry', id: `${id}-0`, entry: finish, timeMs: id });
  return { log, brought };
}

const scriptsOf = (from: fc.Arbitrary<number>, lost: fc.Arbitrary<number[]>): fc.Arbitrary<Script> =>
  fc.record({
    epochs: fc.array(
      fc.record({
        from,
        count: fc.integer({ min: 1, max: 8 }),
        order: fc.array(fc.nat(3), { minLength: 1, maxLength: 8 }),
        doubled: fc.array(fc.nat(7), { maxLength: 4 }),
        lost,
      }),
      { minLength: 1, maxLength: 4 },
    ),
  });
/** Gateways that bring all they begin with, and clients that send again what may be missing. */
const complete = scriptsOf(fc.nat(4), fc.constant([]));
/** Gateways that die with appends on their way, and clients that kept little or nothing. */
const torn = scriptsOf(fc.integer({ min: -4, max: 5 }), fc.array(fc.nat(7), { maxLength: 3 }));

test('whatever order gateways appended in, each chunk is taken once and in order', () => {
  fc.assert(
    fc.property(complete, (script) => {
      const { log, brought } = logOf(script);
      expect(taken(run(new SessionOrder<string>(NEW), log))).toEqual([...brought].sort((a, b) => a - b));
    }),
  );
});

interface LeftBehind {
  /** Chunks of which the owner has concluded all. */
  concluded: number[];
  mark: Cursor;
  /** What is still in the stream. */
  rest: Logged[];
}

/** What an owner leaves behind that has read the first entries of a stream and concluded some of what it took. */
function leaveBehind(
  log: readonly Logged[],
  owner: SessionOrder<string>,
  {
    readUpTo,
    effects,
    share,
    trim,
  }: { readUpTo: number; effects: OrderEffect<string>[] } & Record<'share' | 'trim', number>,
): LeftBehind {
  const takes = effects.flatMap((effect) => (effect.kind === 'take' ? [effect] : []));
  const count = share % (takes.length + 1);
  const restart = takes[count];
  const lastChunk = takes[count - 1]?.index ?? -1;
  const cursor: Cursor =
    restart === undefined
      ? { ...owner.cursor, lastChunk }
      : { epoch: restart.entry.epoch, n: restart.entry.n, lastChunk: restart.index - 1 };
  // Trimming may drop any entries before the oldest that is still needed.
  const needed = new Set([...takes.slice(count).map(({ entry }) => entry.id), ...owner.heldIds()]);
  const oldest = log.findIndex((item, i) => i >= readUpTo || needed.has(item.id));
  const trimmed = oldest < 0 ? log.length : oldest;
  return {
    concluded: takes.slice(0, count).map(({ index }) => index),
    mark: count === 0 && readUpTo === 0 ? NEW : cursor,
    rest: log.slice(trim % (trimmed + 1)),
  };
}

const any = fc.nat(1_000);

test('a takeover at any mark, with any trimming that the needed entries allow, takes the same chunks', () => {
  fc.assert(
    fc.property(torn, any, any, any, any, (script, a, share, trim, d) => {
      const { log } = logOf(script);
      const undisturbed = taken(run(new SessionOrder<string>(NEW), log));
      const readUpTo = a % (log.length + 1);
      const first = new SessionOrder<string>(NEW);
      const effects = run(first, log.slice(0, readUpTo));
      const { concluded, mark, rest } = leaveBehind(log, first, { readUpTo, effects, share, trim });
      // A second owner may die as well, having concluded nothing.
      run(new SessionOrder<string>(mark), rest.slice(0, d % (rest.length + 1)));
      expect([...concluded, ...taken(run(new SessionOrder<string>(mark), rest))]).toEqual(undisturbed);
    }),
    { numRuns: 3_000 },
  );
});

test('a takeover from an owner that took what was overdue misses none of that, and takes nothing twice', () => {
  fc.assert(
    fc.property(torn, any, any, any, any, (script, a, share, trim, d) => {
      const { log } = logOf(script);
      const readUpTo = a % (log.length + 1);
      const silentAt = d % (readUpTo + 1);
      const first = new SessionOrder<string>(NEW);
      const effects = run(first, log.slice(0, silentAt));
      effects.push(...first.overdue(1_000), ...run(first, log.slice(silentAt, readUpTo)));
      const { concluded, mark, rest } = leaveBehind(log, first, { readUpTo, effects, share, trim });
      const all = [...concluded, ...taken(run(new SessionOrder<string>(mark), rest))];
      expect(all).toEqual([...new Set(all)].sort((x, y) => x - y));
      expect(all).toEqual(expect.arrayContaining(taken([...effects, ...run(first, log.slice(readUpTo))])));
    }),
    { numRuns: 3_000 },
  );
});

test('nothing is kept back for a silent client but by a hole, and nothing is taken twice', () => {
  fc.assert(
    fc.property(torn, fc.nat(1_000), (script, a) => {
      const log = logOf(script).log.slice(0, -2);
      const at = a % (log.length + 1);
      const order = new SessionOrder<string>(NEW);
      const effects = run(order, log.slice(0, at));
      const hadHole = order.hole !== null;
      effects.push(...order.overdue(1_000));
      if (!hadHole) expect([...order.heldIds()]).toEqual([]);
      const all = taken([...effects, ...run(order, log.slice(at))]);
      expect(all).toEqual([...new Set(all)].sort((x, y) => x - y));
    }),
  );
});
