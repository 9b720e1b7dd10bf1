import autocannon from 'autocannon';
import type { Check, Scenario } from '../bench/scenario.js';
import { startTarget } from '../bench/target.js';
import { fillStore, historyPlan, STORED_PREFIX } from './fill-store.js';

const SIZES = [100_000, 1_000_000];
const CONNECTIONS = 10;
const SECONDS = 10;
const WARM_UP_SECONDS = 5;
const HISTORY_P99_MS = 10;

const PATHS = [
  ['history', '/api/v1/history?limit=50'],
  ['a session', `/api/v1/session/${STORED_PREFIX}500`],
  ['health', '/api/v1/health'],
] as const;

interface Reading {
  readonly stored: number;
  readonly what: string;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly failed: number;
}

async function read(
  url: string,
  stored: number,
  what: string,
  connections: number,
  seconds: number,
): Promise<Reading> {
  await autocannon({ url, connections, duration: WARM_UP_SECONDS });
  const { requests, latency, non2xx, errors, timeouts } = await autocannon({
    url,
    connections,
    duration: seconds,
  });
  const failed = non2xx + errors + timeouts;
  return {
    stored,
    what,
    perSecond: requests.average,
    p50: latency.p50,
    p99: latency.p99,
    max: latency.max,
    failed,
  };
}

/** The REST API, with very many stored sessions. */
export const rest: Scenario = {
  name: 'rest',
  about: 'history, session and health with 100,000 and 1,000,000 stored sessions',
  run: async (context) => {
    const { options, say } = context;
    if (options.server !== undefined) throw new Error('rest fills a database of its own: leave -server out');
    const { gateways, routers, workers, engine } = options;
    const target = await startTarget({ gateways, routers, workers, engine });
    context.cleanUp(target.stop);
    const databaseUrl = target.databaseUrl ?? '';
    const connections = options.connections ?? CONNECTIONS;
    const seconds = Math.max(1, Math.round((options.durationMs ?? SECONDS * 1_000) / 1_000));
    const readings: Reading[] = [];
    const plans: Check[] = [];
    let stored = 0;
    for (const size of SIZES) {
      await fillStore(databaseUrl, stored, size, say);
      stored = size;
      for (const [what, path] of PATHS) {
        readings.push(await read(`${target.restUrl}${path}`, size, what, connections, seconds));
        const last = readings.at(-1);
        say(`${size} stored, ${what}: p99 ${last?.p99} ms, ${last?.perSecond.toFixed(0)} a second`);
      }
      const plan = await historyPlan(databaseUrl);
      plans.push({
        what: `history at ${size} sessions is read by its index`,
        wanted: 'asr_sessions_history',
        got: plan.find((line) => line.includes('Scan'))?.trim() ?? 'no scan',
        ok: plan.some((line) => /Index.* using asr_sessions_history/.test(line)),
        binding: true,
      });
    }
    const checks: Check[] = readings.flatMap((it) => [
      {
        what: `${it.what} at ${it.stored} sessions: answers`,
        wanted: '0 failed',
        got: `${it.failed} failed`,
        ok: it.failed === 0,
        binding: true,
      },
      ...(it.what === 'history'
        ? [
            {
              what: `history p99 at ${it.stored} sessions`,
              wanted: `at most ${HISTORY_P99_MS} ms`,
              got: `${it.p99} ms`,
              ok: it.p99 <= HISTORY_P99_MS,
              binding: false,
            },
          ]
        : []),
    ]);
    return {
      about: `${connections} readers ask as fast as they are answered, ${seconds} s for each path.`,
      measurement: null,
      checks: [...checks, ...plans],
      tables: [
        {
          title: 'REST',
          head: ['stored sessions', 'path', 'answers a second', 'p50 ms', 'p99 ms', 'max ms'],
          rows: readings.map((it) => [
            it.stored.toLocaleString('en-US'),
            it.what,
            it.perSecond.toFixed(0),
            `${it.p50}`,
            `${it.p99}`,
            `${it.max}`,
          ]),
        },
      ],
    };
  },
};
