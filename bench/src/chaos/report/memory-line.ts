import type { ScenarioResult } from '../scenario-result.js';

/** What the services and Redis held before and after, in one line. */
export function memoryLine({ memoryBefore: before, memoryAfter: after }: ScenarioResult): string {
  const parts = (['gateways', 'routers', 'workers', 'redis'] as const).map(
    (name) => `${name} ${megabytes(before[name])} -> ${megabytes(after[name])}`,
  );
  return `memory in MB: ${parts.join(', ')}; entries left in streams: ${after.streamEntries}`;
}

function megabytes(bytes: number): string {
  return (bytes / 1_048_576).toFixed(bytes < 10_485_760 ? 1 : 0);
}
