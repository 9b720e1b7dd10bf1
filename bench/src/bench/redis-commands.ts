import { connectRedis } from '../floor/connect-redis.js';
import type { Table } from './scenario.js';

const MOST_ROWS = 14;

export interface CommandUse {
  readonly name: string;
  readonly calls: number;
  readonly micros: number;
}

/** Reads the answer to INFO commandstats, dearest first. Pure. */
export function parseCommandStats(info: string): CommandUse[] {
  return [...info.matchAll(/^cmdstat_([^:]+):calls=(\d+),usec=(\d+)/gm)]
    .map(([, name = '', calls, micros]) => ({ name, calls: Number(calls), micros: Number(micros) }))
    .sort((a, b) => b.micros - a.micros);
}

/** Reads from and writes to sockets, of the answer to INFO stats. Pure. */
export function parseTraffic(info: string): { reads: number; writes: number } {
  const total = (what: string): number =>
    Number(new RegExp(`^total_${what}_processed:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  return { reads: total('reads'), writes: total('writes') };
}

/** What Redis did since it was started, command by command; what scripts call is counted in them and on its own. */
export async function redisCommands(redisUrl: string | null, chunks: number): Promise<Table[]> {
  if (redisUrl === null || chunks === 0) return [];
  const redis = connectRedis(redisUrl);
  try {
    const uses = parseCommandStats(await redis.info('commandstats'));
    const { reads, writes } = parseTraffic(await redis.info('stats'));
    return [
      {
        title: 'Redis, its sockets, since the cluster started',
        head: ['what', 'times', 'times for each chunk'],
        rows: [
          ['read commands from a socket', `${reads}`, (reads / chunks).toFixed(3)],
          ['wrote answers or messages to a socket', `${writes}`, (writes / chunks).toFixed(3)],
        ],
      },
      {
        title: 'Redis, command by command, since the cluster started (without reading and writing sockets)',
        head: ['command', 'calls', 'calls for each chunk', 'µs a call', 'µs for each chunk'],
        rows: uses
          .slice(0, MOST_ROWS)
          .map(({ name, calls, micros }) => [
            name,
            `${calls}`,
            (calls / chunks).toFixed(3),
            (micros / calls).toFixed(1),
            (micros / chunks).toFixed(2),
          ]),
      },
    ];
  } finally {
    redis.disconnect();
  }
}
