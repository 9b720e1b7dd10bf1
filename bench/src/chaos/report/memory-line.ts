import { heldBytes } from '../oracle/judge-memory.js';
import type { ScenarioResult } from '../scenario-result.js';
import type { Memory } from '../world/memory.js';

/** What the services and Redis held before and after, in one line; of each role the process that held most. */
export function memoryLine({ memoryBefore: before, memoryAfter: after }: ScenarioResult): string {
  const parts = ['gateway', 'router', 'worker'].map((role) => {
    const [from, to] = [largest(before, role), largest(after, role)];
    return `${role} ${from.held} -> ${to.held} (resident ${from.resident} -> ${to.resident})`;
  });
  const redis = `redis ${megabytes(before.redis)} -> ${megabytes(after.redis)}`;
  const held = [...parts, redis].join(', ');
  return `memory in MB, without garbage: ${held}; entries left in streams: ${after.streamEntries}`;
}

function largest({ processes }: Memory, role: string): { held: string; resident: string } {
  const ofRole = processes.filter(({ name }) => name.startsWith(role));
  return {
    held: megabytes(Math.max(...ofRole.map(heldBytes))),
    resident: megabytes(Math.max(...ofRole.map(({ resident }) => resident))),
  };
}

function megabytes(bytes: number): string {
  return (bytes / 1_048_576).toFixed(1);
}
