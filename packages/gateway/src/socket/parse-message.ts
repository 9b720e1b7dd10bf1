import {
  type ChunkMessage,
  type ClientMessage,
  ClientMessageSchema,
  type ErrorCode,
  isSessionId,
} from '@tributary/shared';

export type Parsed = { ok: true; message: ClientMessage } | Refused;

/** Why a message is refused; with the session and chunk where those are sound. */
export interface Refused {
  ok: false;
  code: ErrorCode;
  detail?: string;
  sessionId?: string;
  chunkIndex?: number;
}

const ACTIONS: ReadonlySet<unknown> = new Set(
  ClientMessageSchema.options.map(({ shape }) => shape.action.value),
);

/** Reads the text of one frame; never throws. */
export function parseMessage(text: string): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, code: 'invalid_json' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { ok: false, code: 'invalid_message', detail: 'a message is a JSON object' };
  }
  const chunk = asChunk(value as Record<string, unknown>);
  if (chunk !== null) return { ok: true, message: chunk };
  const { action, session_id: id, chunk_index: index } = value as Record<string, unknown>;
  const about = {
    ...(isSessionId(id) ? { sessionId: id } : {}),
    ...(Number.isSafeInteger(index) && (index as number) >= 0 ? { chunkIndex: index as number } : {}),
  };
  if (!ACTIONS.has(action)) return { ok: false, code: 'unknown_action', ...about };
  if (id !== undefined && !isSessionId(id)) return { ok: false, code: 'invalid_session_id', ...about };
  const parsed = ClientMessageSchema.safeParse(value);
  if (parsed.success) return { ok: true, message: parsed.data };
  const [first] = parsed.error.issues;
  const detail = first === undefined ? '' : `${first.path.join('.')}: ${first.message}`;
  return { ok: false, code: 'invalid_message', detail, ...about };
}

/**
 * A sound chunk, looked at by hand: ten of them come a second from every client. Anything else is the schema's affair,
 * which also says what is wrong; a test keeps the two in agreement.
 */
export function asChunk(value: Readonly<Record<string, unknown>>): ChunkMessage | null {
  const { action, session_id, chunk_index, audio_data } = value;
  if (action !== 'chunk' || !isSessionId(session_id) || typeof audio_data !== 'string') return null;
  if (!Number.isSafeInteger(chunk_index) || (chunk_index as number) < 0) return null;
  return { action, session_id, chunk_index: chunk_index as number, audio_data };
}
