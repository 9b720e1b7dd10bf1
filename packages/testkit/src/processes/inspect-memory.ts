import { once } from 'node:events';
import { WebSocket } from 'ws';
import { waitFor } from '../wait-for.js';
import type { ManagedProcess } from './managed-process.js';

/** What a process holds on to when all garbage has been collected, in bytes. */
export interface HeldMemory {
  /** Objects of JavaScript. */
  readonly heap: number;
  /** What those keep outside of the heap: buffers above all. */
  readonly external: number;
  /** Resident memory, garbage and all. */
  readonly resident: number;
}

/** Lets a service open its inspector at a free port once it gets SIGUSR1. */
export const INSPECTABLE = { NODE_OPTIONS: '--inspect-port=0' } as const;

const PATIENCE_MS = 20_000;
/** Buffers are let go of by finalisers, which run after a collection and make garbage themselves. */
const COLLECTIONS = 3;

/**
 * Asks a process by way of its inspector (Chrome DevTools Protocol) to collect its garbage, and what is left then.
 * It was started with {@link INSPECTABLE}.
 */
export async function inspectMemory(service: ManagedProcess): Promise<HeldMemory> {
  const socket = await openInspector(service);
  try {
    for (let n = 0; n < COLLECTIONS; n++) await ask(socket, 'HeapProfiler.collectGarbage', {});
    const expression = 'JSON.stringify(process.memoryUsage())';
    const answer = (await ask(socket, 'Runtime.evaluate', { expression })) as { result: { value: string } };
    const { heapUsed, external, rss } = JSON.parse(answer.result.value) as NodeJS.MemoryUsage;
    return { heap: heapUsed, external, resident: rss };
  } finally {
    socket.terminate();
  }
}

/** It tells its address in its log when it is opened; what stands there already may be a predecessor's. */
async function openInspector(service: ManagedProcess): Promise<WebSocket> {
  const told = (): string[] =>
    [...service.logs().matchAll(/^Debugger listening on (ws:\S+)/gm)].map(([, address]) => address ?? '');
  const before = told();
  const known = before.at(-1);
  const open = known === undefined ? null : await connect(known).catch(() => null);
  if (open !== null) return open;
  service.kill('SIGUSR1');
  const address = await waitFor(() => told()[before.length], {
    timeoutMs: PATIENCE_MS,
    what: `the inspector of ${service.name}`,
  });
  return await connect(address);
}

async function connect(address: string): Promise<WebSocket> {
  const socket = new WebSocket(address);
  await once(socket, 'open', { signal: AbortSignal.timeout(PATIENCE_MS) });
  return socket;
}

async function ask(socket: WebSocket, method: string, params: object): Promise<unknown> {
  const answered = once(socket, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) });
  socket.send(JSON.stringify({ id: 1, method, params }));
  const [data] = (await answered) as [Buffer];
  const { result, error } = JSON.parse(data.toString()) as { result?: unknown; error?: { message: string } };
  if (error !== undefined) throw new Error(`${method}: ${error.message}`);
  return result;
}
