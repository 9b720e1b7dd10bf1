import { WaitTimeoutError, waitFor } from '../wait-for.js';

const HEALTHY_MS = 10_000;
const REQUEST_MS = 2_000;

/**
 * Waits until a gateway says that the whole cluster serves: Redis, PostgreSQL and a worker.
 *
 * @param giveUp ends the waiting early.
 * @returns undefined when it does, else its last answer.
 */
export async function awaitHealthy(
  gatewayUrl: string,
  giveUp: () => boolean = () => false,
): Promise<string | undefined> {
  let last = 'no answer';
  try {
    await waitFor(
      async () => {
        if (giveUp()) return true;
        const response = await fetch(`${gatewayUrl}/api/v1/health`, {
          signal: AbortSignal.timeout(REQUEST_MS),
        });
        last = (await response.text()).slice(0, 500);
        return response.status === 404 || /"status"\s*:\s*"ready"/.test(last);
      },
      { timeoutMs: HEALTHY_MS, everyMs: 50, what: 'a healthy cluster' },
    );
    return undefined;
  } catch (error) {
    if (error instanceof WaitTimeoutError) return last;
    throw error;
  }
}
