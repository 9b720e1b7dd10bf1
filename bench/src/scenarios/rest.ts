import autocannon from 'autocannon';
import type { Check, Scenario } from '../bench/scenario.js';
import { startTarget } from '../bench/target.js';
import { fillStore, historyPlan, STORED_PREFIX } from './fill-store.js';

const SIZES = [100_000, 1_000_000];
const CONNECTIONS = 10;
const SECONDS = 10;
const WARM_UP_SECONDS = 2;
/** Latency is judged at this rate; how many answers are possible at all is measured apart. */
const REQUESTS_A_SECOND = 200;
const HISTORY_P99_MS = 10;

const PATHS = [
  ['history', '/api/v1/history?limit=50'],
  ['a session', `/api/v1/session/${STORED_PREFIX}500`],
  ['health', '/api/v1/health'],
] as const;

interface Reading {
  readonly stored: number;
  readonly what: string;
  /** Requests a second that were asked for; null: as many as are answered. */
  readonly rate: number | null;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly failed: number;
}

/** At a rate, latencies count from the moment at which a request was due. */
async function read(
  url: string,
  { stored, what, rate }: Pick<Reading, 'stored' | 'what' | 'rate'>,
  { connections, seconds }: { connections: number; seconds: number },
): Promise<Reading> {
  const load = { url, connections, ...(rate === null ? {} : { overallRate: rate }) };
  await autocannon({ ...load, duration: WARM_UP_SECONDS });
  const { requests, latency, non2xx, errors, timeouts } = await autocannon({ ...load, duration: seconds });
  const failed = non2xx + errors + timeouts;
  return {
    stored,
    what,
    rate,
    perSecond: requests.average,
    p50: latency.p50,
    p99: latency.p99,
    max: latency.max,
    failed,
  };
}

function rateText({ rate }: Reading): string {
  return rate === null ? 'as many as answered' : `${rate} a second`;
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
        for (const rate of [REQUESTS_A_SECOND, null]) {
          const about = { stored: size, what, rate };
          const reading = await read(`${target.restUrl}${path}`, about, { connections, seconds });
          readings.push(reading);
          say(`${size} stored, ${what}: p99 ${reading.p99} ms at ${reading.perSecond.toFixed(0)} a second`);
        }
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
        what: `${it.what} at ${it.stored} sessions, ${rateText(it)}: answers`,
        wanted: '0 failed',
        got: `${it.failed} failed`,
        ok: it.failed === 0,
        binding: true,
      },
      ...(it.what === 'history' && it.rate !== null
        ? [
            {
              what: `history p99 at ${it.stored} sessions, ${rateText(it)}`,
              wanted: `at most ${HISTORY_P99_MS} ms`,
              got: `${it.p99} ms`,
              ok: it.p99 <= HISTORY_P99_MS,
              binding: false,
            },
          ]
        : []),
    ]);
    return {
      about: `${connections} readers ask ${REQUESTS_A_SECOND} times a second, then as fast as they are answered; ${seconds} s each.`,
      measurement: null,
      checks: [...checks, ...plans],
      tables: [
        {
          title: 'REST',
          head: [
            'stored sessions',
            'path',
            'asked a second',
            'answers a second',
            'p50 ms',
            'p99 ms',
            'max ms',
          ],
          rows: readings.map((it) => [
            it.stored.toLocaleString('en-US'),
            it.what,
            rateText(it),
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
