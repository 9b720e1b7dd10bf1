import type { Store } from '@tributary/shared/store';
import { withDeadline } from './deadline.js';

const STORE_TIMEOUT_MS = 4_000;

/**
 * Asks PostgreSQL for no longer than a client of HTTP likes to wait.
 *
 * @throws StoreError, TributaryError `unavailable`
 */
export async function askStore<Value>(
  store: Store,
  ask: (db: Store['db']) => Promise<Value>,
): Promise<Value> {
  return await withDeadline(ask(store.db), STORE_TIMEOUT_MS, 'PostgreSQL');
}
