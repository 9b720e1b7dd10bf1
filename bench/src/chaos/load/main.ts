import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openSockets } from './hooked-socket.js';
import type { LoadOrder, LoadPlan, LoadReport } from './load-messages.js';
import { Slots } from './slots.js';
import { stopReading } from './slow-reading.js';

/* A process that plays many clients: it takes orders from its parent and tells it what the clients saw. */

const PROGRESS_MS = 500;
const lag = monitorEventLoopDelay({ resolution: 10 });
let slots: Slots | undefined;

function tell(report: LoadReport): void {
  process.send?.(report);
}

async function run(plan: LoadPlan): Promise<void> {
  lag.enable();
  slots = new Slots(plan, (record) => tell({ type: 'record', record }));
  const progress = setInterval(tellProgress, PROGRESS_MS);
  await slots.run();
  clearInterval(progress);
  tellProgress();
  tell({ type: 'done' });
}

function tellProgress(): void {
  if (slots === undefined) return;
  const { running, ended, acked, segments } = slots;
  tell({ type: 'progress', open: running.size, ended, acked, segments, lagMs: Math.round(lag.max / 1e6) });
}

function cut(share: number): void {
  const sockets = openSockets();
  const some = sockets.slice(0, Math.ceil(sockets.length * share));
  for (const socket of some) socket.terminate();
  tell({ type: 'disturbed', what: 'sockets cut', count: some.length });
}

async function slow(count: number, forMs: number): Promise<void> {
  const mayBeSlow = (id: string): boolean => {
    const speaker = slots?.running.get(id);
    return speaker !== undefined && speaker.plan.voice === 'json' && speaker.segments > 0;
  };
  const closed = await stopReading(count, forMs, mayBeSlow);
  tell({ type: 'disturbed', what: 'slow readers closed', count: closed });
}

process.on('message', (order: LoadOrder) => {
  switch (order.type) {
    case 'run':
      return void run(order.plan);
    case 'cut':
      return cut(order.share);
    case 'stop-reading':
      return void slow(order.count, order.forMs);
  }
});
process.once('disconnect', () => process.exit());
// A Ctrl-C reaches the whole group; the parent decides in which order things end.
process.on('SIGINT', () => undefined);
