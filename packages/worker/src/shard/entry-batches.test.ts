import { expect, it } from 'vitest';
import { EntryBatches } from './entry-batches.js';
import { WorkTurns } from './work-turns.js';

const HEAVY_MS = 150;

interface Entry {
  id: string;
  /** It cannot be fed before it was loaded. */
  unknown?: boolean;
  heavy?: boolean;
  throws?: boolean;
}

/** A shard whose heavy entries take longer than a turn. */
function openShard() {
  let nowMs = 0;
  const fed: string[] = [];
  const loaded = new Set<string>();
  const failures: unknown[] = [];
  const done: string[] = [];
  const shard = { stopped: false };
  const batches = new EntryBatches<Entry>({
    turns: new WorkTurns(() => nowMs),
    mustLoad: ({ id, unknown }) => unknown === true && !loaded.has(id),
    load: async (entries) => {
      await new Promise(setImmediate);
      for (const { id } of entries) loaded.add(id);
    },
    feed: ({ id, unknown, heavy, throws }) => {
      if (throws) throw new Error('cannot be fed');
      expect(unknown === true && !loaded.has(id)).toBe(false);
      if (heavy) nowMs += HEAVY_MS;
      fed.push(id);
    },
    done: (lastId) => done.push(lastId),
    stopped: () => shard.stopped,
    failed: (error) => failures.push(error),
  });
  return { batches, fed, done, failures, shard };
}

const entries = (ids: readonly number[], more: Partial<Entry> = {}): Entry[] =>
  ids.map((id) => ({ id: `${id}-0`, ...more }));

it('where nothing waits, a batch is fed at once', () => {
  const { batches, fed, done } = openShard();
  batches.accept(entries([1, 2]), '2-0');
  batches.accept(entries([3, 4]), '5-0');
  expect(fed).toEqual(['1-0', '2-0', '3-0', '4-0']);
  expect(done).toEqual(['2-0', '5-0']);
  expect([batches.waiting, batches.oldestMs]).toEqual([0, null]);
});

it('what is too much for a turn waits, counts as waiting, and holds up what is behind it', async () => {
  const { batches, fed, done } = openShard();
  batches.accept(entries([1, 2, 3], { heavy: true }), '3-0');
  batches.accept(entries([4]), '4-0');
  expect(fed).toEqual(['1-0']);
  expect([batches.waiting, batches.oldestMs]).toEqual([2, 2]);
  expect(done).toEqual([]);
  await batches.idle();
  expect(fed).toEqual(['1-0', '2-0', '3-0', '4-0']);
  expect(done).toEqual(['3-0', '4-0']);
  expect([batches.waiting, batches.oldestMs]).toEqual([0, null]);
});

it('what has to be loaded is fed in its order, after what was there before', async () => {
  const { batches, fed } = openShard();
  batches.accept(entries([1, 2], { heavy: true }), '2-0');
  batches.accept(entries([3], { unknown: true }), '3-0');
  batches.accept(entries([4]), '4-0');
  await batches.idle();
  expect(fed).toEqual(['1-0', '2-0', '3-0', '4-0']);
});

it('once it is stopped nothing more is fed, and no batch counts as done', async () => {
  const { batches, fed, done, shard } = openShard();
  batches.accept(entries([1, 2, 3], { heavy: true }), '3-0');
  shard.stopped = true;
  batches.accept(entries([4]), '4-0');
  await batches.idle();
  expect(fed).toEqual(['1-0']);
  expect(done).toEqual([]);
  batches.accept(entries([5]), '5-0');
  expect([fed.length, done.length]).toEqual([1, 0]);
});

it('whatever cannot be fed is told, at once or later', async () => {
  const { batches, failures } = openShard();
  batches.accept(entries([1], { throws: true }), '1-0');
  expect(failures).toHaveLength(1);
  batches.accept(entries([2], { unknown: true, throws: true }), '2-0');
  await batches.idle();
  expect(failures).toHaveLength(2);
});
