import { setTimeout as sleep } from 'node:timers/promises';
import { INSPECTABLE, inspectMemory } from '@tributary/testkit';
import type { Check, Scenario } from '../bench/scenario.js';
import type { Target } from '../bench/target.js';
import { bytes } from '../report/format.js';
import { openTarget, startRun } from './speak.js';

/** The limit of open files is 20,000 on the machine this was written on, and a gateway needs a few for itself. */
const CONNECTIONS = 15_000;
const HOLD_MS = 30_000;
const CONNECT_PER_SECOND = 1_000;
const CONNECT_AT_MOST_MS = 60_000;
const MOST_BYTES = 2_048;

/** Resident memory of all gateways together, in bytes, without garbage: what starting up left behind would hide the sockets. */
async function residentBytes({ cluster }: Target): Promise<number> {
  let sum = 0;
  for (const gateway of cluster?.gateways ?? []) sum += (await inspectMemory(gateway)).resident;
  return sum;
}

/** Sockets that only keep alive: what each one costs in memory. */
export const idle: Scenario = {
  name: 'idle',
  about: 'sockets that only keep alive: memory for each',
  run: async (context) => {
    const { options } = context;
    const target = await openTarget(context, { env: INSPECTABLE });
    const clients = options.connections ?? CONNECTIONS;
    const ours = target.cluster !== null;
    const connectMs = options.rampMs ?? (clients / CONNECT_PER_SECOND) * 1_000;
    const holdMs = options.durationMs ?? HOLD_MS;
    const perProcess = Math.ceil(clients / 2);
    const run = await startRun(
      context,
      target,
      clients,
      { speaks: false },
      (at) => (at * 1_000) / (connectMs + holdMs),
    );
    const before = await residentBytes(target);
    run.load.setClients(clients, connectMs);
    const giveUpAt = performance.now() + connectMs + CONNECT_AT_MOST_MS;
    while (run.load.totals.counts.openSockets < clients && performance.now() < giveUpAt) await sleep(250);
    run.beginWindow();
    await sleep(holdMs);
    run.endWindow();
    const after = await residentBytes(target);
    const open = run.load.totals.counts.openSockets;
    const measurement = await run.finish();
    const each = open === 0 ? 0 : (after - before) / open;
    const idleCpu = measurement.processes.filter(({ role }) => role === 'gateway');
    const checks: Check[] = [
      {
        what: 'sockets open at the end',
        wanted: `${clients}`,
        got: `${open}`,
        ok: open === clients,
        binding: true,
      },
      {
        what: 'memory of a socket in the gateway, above the process without sockets',
        wanted: `at most ${MOST_BYTES} bytes`,
        got: !ours ? 'unknown: not our process' : `${each.toFixed(0)} bytes`,
        ok: ours && each <= MOST_BYTES,
        binding: false,
      },
    ];
    return {
      about: `${clients} sockets connect and then only answer pings (${perProcess} or more in each load process).`,
      measurement,
      checks,
      tables: [
        {
          title: 'Gateway',
          head: ['', ''],
          rows: [
            ['memory before, without garbage', bytes(before)],
            ['memory with all sockets, without garbage', bytes(after)],
            ...idleCpu.map(({ name, cpu }) => [
              `CPU of ${name} while idle`,
              `${(cpu * 100).toFixed(2)} % of a core`,
            ]),
          ],
        },
      ],
    };
  },
};
