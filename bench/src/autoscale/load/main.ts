import { monitorEventLoopDelay } from 'node:perf_hooks';
import { TributaryClient } from '@tributary/client';
import type { LoadOrder, LoadReport } from './messages.js';
import { ServiceAddress } from './service-address.js';
import { SilentSockets } from './silent-sockets.js';
import { Talk } from './talk.js';

/* A process that plays all clients. Its parent says how many there should be. */

const REPORT_MS = 1_000;
const SHORTEST_MS = 20_000;
const LONGEST_MS = 60_000;

const address = new ServiceAddress();
const client = new TributaryClient({ urls: [address.url], WebSocket: address.webSocket });
const silent = new SilentSockets(address);
const talks = new Set<Talk>();
const lag = monitorEventLoopDelay({ resolution: 10 });
let resultMs: number[] = [];
let failures: string[] = [];
let wanted = 0;
let completed = 0;
let resumes = 0;

/** Sessions that go on speaking. */
const speaking = (): Talk[] => [...talks].filter((talk) => !talk.ending);

function aim(sessions: number): void {
  wanted = sessions;
  const open = speaking();
  for (let n = open.length; n < sessions; n++) void begin();
  for (const talk of open.slice(0, Math.max(0, open.length - sessions))) talk.end();
}

async function begin(): Promise<void> {
  const talk = new Talk(client, (delayMs) => resultMs.push(delayMs));
  talks.add(talk);
  const over = setTimeout(
    () => {
      talk.end();
      if (speaking().length < wanted) void begin();
    },
    SHORTEST_MS + Math.random() * (LONGEST_MS - SHORTEST_MS),
  );
  try {
    await talk.run();
    completed++;
  } catch (error) {
    failures.push(error instanceof Error ? error.message : String(error));
  } finally {
    clearTimeout(over);
    talks.delete(talk);
    resumes += talk.resumes;
  }
}

function report(): void {
  const message: LoadReport = {
    sessions: talks.size,
    silent: silent.count,
    resultMs,
    completed,
    failures,
    resumes,
    lagMs: Math.round(lag.max / 1e6),
  };
  process.send?.(message);
  resultMs = [];
  failures = [];
  lag.reset();
}

async function end(): Promise<void> {
  aim(0);
  silent.aim(0);
  while (talks.size > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  report();
  process.disconnect();
}

lag.enable();
const reporting = setInterval(report, REPORT_MS);
process.on('message', (order: LoadOrder) => {
  if (order.type === 'end') {
    clearInterval(reporting);
    void end();
    return;
  }
  address.set(order.gateways);
  aim(order.sessions);
  silent.aim(order.silent);
});
process.once('disconnect', () => process.exit());
// A Ctrl-C reaches the whole group; the parent decides in which order things end.
process.on('SIGINT', () => undefined);
