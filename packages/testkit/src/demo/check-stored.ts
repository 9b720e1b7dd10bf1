import { waitFor } from '../wait-for.js';

/** The stored text is not the one that the client got, or is missing. */
export class StoredTextError extends Error {
  constructor(where: string, text: string, stored: string | undefined) {
    super(
      `${where} holds ${stored === undefined ? 'nothing' : JSON.stringify(stored)} instead of ${JSON.stringify(text)}`,
    );
    this.name = 'StoredTextError';
  }
}

const STORED_MS = 10_000;
const REQUEST_MS = 5_000;
const MOST_RECORDS = 500;

interface StoredSession {
  readonly final_text?: string | null;
}

interface History {
  readonly records: readonly { readonly session_id: string; readonly text: string | null }[];
}

/**
 * Looks whether a session's page and the history hold its text; what is stored may follow a moment later.
 *
 * @throws WaitTimeoutError whose cause is a StoredTextError
 */
export async function checkStored(
  url: string,
  sessionId: string,
  text: string,
  timeoutMs = STORED_MS,
): Promise<void> {
  await waitFor(
    async () => {
      const session = await getJson<StoredSession>(`${url}/api/v1/session/${encodeURIComponent(sessionId)}`);
      if (session.final_text !== text) {
        throw new StoredTextError('the session', text, session.final_text ?? undefined);
      }
      const { records } = await getJson<History>(`${url}/api/v1/history?limit=${MOST_RECORDS}`);
      const record = records.find((candidate) => candidate.session_id === sessionId);
      if (record?.text !== text) throw new StoredTextError('history', text, record?.text ?? undefined);
      return true;
    },
    { timeoutMs, everyMs: 100, what: `the stored text of ${sessionId}` },
  );
}

async function getJson<T>(url: string): Promise<T> {
  const response = await fetch(url, { signal: AbortSignal.timeout(REQUEST_MS) });
  const text = await response.text();
  if (!response.ok)
    throw new Error(`${new URL(url).pathname} answered ${response.status}: ${text.slice(0, 300)}`);
  return JSON.parse(text) as T;
}
