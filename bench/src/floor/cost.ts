/** CPU time that processes spent on so many chunks. */
export interface Cost {
  readonly chunks: number;
  readonly wallMs: number;
  /** Microseconds of CPU, user and system, by the process that spent them. */
  readonly cpuMicros: Readonly<Record<string, number>>;
}

export const NO_COST: Cost = { chunks: 0, wallMs: 0, cpuMicros: {} };

/** Both together. */
export function addCosts(a: Cost, b: Cost): Cost {
  const cpuMicros: Record<string, number> = { ...a.cpuMicros };
  for (const [name, micros] of Object.entries(b.cpuMicros)) cpuMicros[name] = (cpuMicros[name] ?? 0) + micros;
  return { chunks: a.chunks + b.chunks, wallMs: a.wallMs + b.wallMs, cpuMicros };
}

/** Microseconds of CPU that a process spent on one chunk. */
export function microsPerChunk(cost: Cost, name: string): number {
  const micros = cost.cpuMicros[name];
  if (micros === undefined || cost.chunks === 0) throw new Error(`nothing was measured of ${name}`);
  return micros / cost.chunks;
}

/** The one whose chunks cost least, all processes together. @throws Error when there is none. */
export function leastCost(costs: readonly Cost[]): Cost {
  const total = (cost: Cost): number =>
    Object.values(cost.cpuMicros).reduce((sum, micros) => sum + micros, 0) / cost.chunks;
  const measured = costs.filter((cost) => cost.chunks > 0);
  if (measured.length === 0) throw new Error('nothing was measured');
  return measured.reduce((least, cost) => (total(cost) < total(least) ? cost : least));
}
