import type { ServerMessage } from './wire.js';

type Kind = 'string' | 'number';

/** The fields without which a message of this type cannot be acted upon. */
const REQUIRED: Record<ServerMessage['type'], Record<string, Kind>> = {
  ack: {},
  partial_result: { session_id: 'string', segment_index: 'number', text: 'string' },
  speech_started: { session_id: 'string', start: 'number' },
  utterance_end: { session_id: 'string', end: 'number' },
  chunk_result: { session_id: 'string', seq: 'number', segment_index: 'number', text: 'string' },
  final_result: { session_id: 'string', seq: 'number', text: 'string' },
  error: { code: 'string' },
  rewind: { session_id: 'string', next_chunk_index: 'number' },
  reconnect: { within_ms: 'number' },
};

const REQUIRED_OF_ACK: Record<string, Record<string, Kind>> = {
  session_started: { session_id: 'string', resume_token: 'string' },
  received: { session_id: 'string', chunk_index: 'number', committed_through: 'number' },
  session_resumed: { session_id: 'string', next_chunk_index: 'number', committed_through: 'number' },
  alive: {},
};

/** Whether `key` is in the table, and `value` has the fields that the table asks for. */
function fits(
  value: Record<string, unknown>,
  table: Record<string, Record<string, Kind>>,
  key: string,
): boolean {
  if (!Object.hasOwn(table, key)) return false;
  return Object.entries(table[key]!).every(([name, kind]) => typeof value[name] === kind);
}

/** Reads one text frame. Null for what this version does not know: types and fields are only ever added. */
export function parseMessage(text: string): ServerMessage | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const message = value as Record<string, unknown>;
  const { type, status } = message;
  if (!fits(message, REQUIRED, String(type))) return null;
  if (type === 'ack' && !fits(message, REQUIRED_OF_ACK, String(status))) return null;
  return message as unknown as ServerMessage;
}
