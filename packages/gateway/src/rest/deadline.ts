import { TributaryError } from '@tributary/shared';

/**
 * What `promise` brings, or `unavailable` after `timeoutMs`. The work itself goes on; whatever becomes of it then
 * is of no interest any more.
 *
 * @throws TributaryError `unavailable`
 */
export async function withDeadline<Value>(
  promise: Promise<Value>,
  timeoutMs: number,
  what: string,
): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new TributaryError('unavailable', `${what} did not answer in time`)),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
