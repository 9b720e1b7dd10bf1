import { setTimeout as sleep } from 'node:timers/promises';
import type { SessionRecord } from '../load/session-record.js';
import { addFindings, type Findings, NO_FINDINGS } from './findings.js';
import { type HistoryRecord, judgeStored, type StoredSession } from './judge-stored.js';

const PAGE = 500;
const REQUEST_MS = 10_000;
const AT_A_TIME = 8;
/** What is stored may follow the final result: so long it is asked for again. */
const STORED_MS = 30_000;
const AGAIN_MS = 250;

/** Asks the API for everything it shows of all sessions, and judges it. */
export async function judgeAllStored(url: string, records: readonly SessionRecord[]): Promise<Findings> {
  const sessions = await readSessions(url, records);
  const history = await readHistory(url);
  const byId = group(history);
  return records
    .map((record) => judgeStored(record, sessions.get(record.id) ?? null, byId.get(record.id) ?? []))
    .reduce(addFindings, NO_FINDINGS);
}

async function readSessions(
  url: string,
  records: readonly SessionRecord[],
): Promise<Map<string, StoredSession>> {
  const found = new Map<string, StoredSession>();
  const waiting = records.map((record) => record.id);
  const deadline = performance.now() + STORED_MS;
  await Promise.all(
    Array.from({ length: AT_A_TIME }, async () => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
        const session = await readSession(url, id, deadline);
        if (session !== null) found.set(id, session);
      }
    }),
  );
  return found;
}

/** The session once its end is stored, or what there is of it when the time is over. */
async function readSession(url: string, id: string, deadline: number): Promise<StoredSession | null> {
  for (;;) {
    const session = await getJson<StoredSession>(`${url}/api/v1/session/${encodeURIComponent(id)}`);
    if ((session !== null && session.completed_at !== null) || performance.now() > deadline) return session;
    await sleep(AGAIN_MS);
  }
}

async function readHistory(url: string): Promise<HistoryRecord[]> {
  const all: HistoryRecord[] = [];
  let before = '';
  for (;;) {
    const page = await getJson<{ records: HistoryRecord[]; next: string | null }>(
      `${url}/api/v1/history?limit=${PAGE}${before}`,
    );
    if (page === null) return all;
    all.push(...page.records);
    if (page.next === null) return all;
    before = `&before=${encodeURIComponent(page.next)}`;
  }
}

function group(history: readonly HistoryRecord[]): Map<string, HistoryRecord[]> {
  const groups = new Map<string, HistoryRecord[]>();
  for (const entry of history) groups.set(entry.session_id, [...(groups.get(entry.session_id) ?? []), entry]);
  return groups;
}

/** Null where there is nothing, or no answer. */
async function getJson<T>(url: string): Promise<T | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(REQUEST_MS) });
    const text = await response.text();
    return response.ok ? (JSON.parse(text) as T) : null;
  } catch (error) {
    // A gateway that is just coming back; whoever asks decides how long to go on.
    if (error instanceof TypeError || (error as Error).name === 'TimeoutError') return null;
    throw error;
  }
}
