import type { Scenario } from '../bench/scenario.js';
import { simulate } from '../scaling/simulate.js';

const SIZES = [
  [64, 4],
  [64, 64],
  [256, 24],
  [4_096, 100],
  [4_096, 400],
  [4_096, 1_000],
  [4_096, 4_000],
  [4_096, 10_000],
  [16_384, 10_000],
] as const;

/** How shards fall on members, and how many move; computed, nothing is started. */
export const shards: Scenario = {
  name: 'shards',
  about: 'computes how evenly shards fall on up to 10,000 members, and how many move when some come and go',
  run: async ({ say }) => {
    const rows = SIZES.map(([count, members]) => {
      const found = simulate(count, members);
      say(`${count} shards, ${members} members: done`);
      const moved = (what: string): string => {
        const change = found.changes.find((one) => one.what === what);
        return change === undefined ? '' : `${change.moved} (${change.forced} forced)`;
      };
      return [
        `${count}`,
        `${members}`,
        `${found.fewest} to ${found.most}`,
        `${found.idle}`,
        found.imbalance.toFixed(2),
        moved('one joins'),
        moved('one leaves'),
        moved('a tenth dies'),
      ];
    });
    return {
      about: 'The function by which workers and routers share the shards, for many sizes of a deployment.',
      measurement: null,
      checks: [],
      tables: [
        {
          title: 'Shards and members',
          head: [
            'shards',
            'members',
            'of each',
            'idle',
            'most over mean',
            'one joins',
            'one leaves',
            'a tenth dies',
          ],
          rows,
        },
      ],
    };
  },
};
