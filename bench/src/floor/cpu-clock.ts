import type { Redis } from 'ioredis';
import type { Cost } from './cost.js';

/** Reads how much CPU time a process has used so far, in microseconds. */
export type CpuClock = () => Promise<number> | number;

/** Of this process, all its threads included. */
export function ownCpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Of a Redis server, by its own account; all its threads included. */
export function redisCpuClock(control: Redis): CpuClock {
  return async () => parseRedisCpuMicros(await control.info('cpu'));
}

/** @throws Error when the answer to INFO cpu has no times. */
export function parseRedisCpuMicros(info: string): number {
  const seconds = ['used_cpu_user', 'used_cpu_sys'].map((name) => {
    const text = new RegExp(`^${name}:([0-9.]+)\\r?$`, 'm').exec(info)?.[1];
    if (text === undefined) throw new Error(`INFO cpu does not say ${name}`);
    return Number(text);
  });
  return Math.round(seconds.reduce((sum, value) => sum + value, 0) * 1_000_000);
}

/** Does the work and says what it cost by the given clocks. `work` returns how many chunks it did. */
export async function measure(
  clocks: Readonly<Record<string, CpuClock>>,
  work: () => Promise<number>,
): Promise<Cost> {
  const before = await readAll(clocks);
  const startedAt = performance.now();
  const chunks = await work();
  const wallMs = performance.now() - startedAt;
  const after = await readAll(clocks);
  const names = Object.keys(clocks);
  const cpuMicros = Object.fromEntries(names.map((name, i) => [name, (after[i] ?? 0) - (before[i] ?? 0)]));
  return { chunks, wallMs, cpuMicros };
}

async function readAll(clocks: Readonly<Record<string, CpuClock>>): Promise<number[]> {
  return await Promise.all(Object.values(clocks).map(async (clock) => await clock()));
}
