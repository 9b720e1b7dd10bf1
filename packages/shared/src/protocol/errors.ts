/**
 * Every error a client can be told, in one closed table. Codes are only ever added.
 * `temporary` says whether the same request may succeed later without being changed.
 * `docs/errors.md` lists the same codes; a test keeps the two in agreement.
 */
export const ERRORS = {
  invalid_json: { message: 'the message is not valid JSON', temporary: false },
  invalid_message: { message: 'the message has missing or wrong fields', temporary: false },
  unknown_action: { message: 'the action is not known', temporary: false },
  invalid_session_id: {
    message: 'a session_id has 1 to 64 characters of A-Z a-z 0-9 _ . : -',
    temporary: false,
  },
  unknown_session: { message: 'no such session on this socket; send start first', temporary: false },
  session_exists: {
    message: 'a live session has this session_id; resume it with its resume_token',
    temporary: false,
  },
  session_closed: { message: 'the session has ended; start a new one', temporary: false },
  session_superseded: { message: 'the session was taken over by another socket', temporary: false },
  invalid_resume_token: { message: 'the resume_token does not fit the session', temporary: false },
  too_many_sessions: { message: 'this socket carries as many sessions as it may', temporary: false },
  session_too_long: { message: 'the session has reached its greatest length', temporary: false },
  unknown_model: { message: 'no worker serves this model', temporary: false },
  unknown_language: { message: 'no worker serves this language', temporary: false },
  hot_words_unsupported: { message: 'the model that would listen takes no hot words', temporary: false },
  invalid_audio_data: { message: 'audio_data is not valid base64', temporary: false },
  empty_chunk: { message: 'the chunk carries no audio', temporary: false },
  chunk_too_large: { message: 'the chunk is larger than this server takes', temporary: false },
  no_binary_session: {
    message: 'binary audio needs a session that was started on this socket',
    temporary: false,
  },
  unsupported_audio: { message: 'the audio is in no format this server knows', temporary: false },
  too_many_channels: { message: 'the audio has more channels than this server takes', temporary: false },
  recognition_failed: { message: 'a segment could not be recognised', temporary: false },
  slow_down: { message: 'too much audio is in flight; send this chunk again later', temporary: true },
  overloaded: { message: 'the service takes no new sessions right now', temporary: true },
  unavailable: { message: 'the service cannot do this right now', temporary: true },
  idle_timeout: { message: 'nothing was received for too long', temporary: false },
  not_found: { message: 'nothing is stored under this id', temporary: false },
  invalid_request: { message: 'the request has missing or wrong parameters', temporary: false },
  unauthorized: { message: 'a valid API key is needed', temporary: false },
  internal: { message: 'something went wrong on our side', temporary: true },
} as const satisfies Record<string, { message: string; temporary: boolean }>;

export type ErrorCode = keyof typeof ERRORS;

/** An error with a code of the table above; thrown inside, told to clients at the edge. */
export class TributaryError extends Error {
  readonly code: ErrorCode;
  readonly temporary: boolean;
  /** What the table's text does not say. */
  readonly detail: string | undefined;

  constructor(code: ErrorCode, detail?: string, options?: { cause?: unknown }) {
    super(detail === undefined ? ERRORS[code].message : `${ERRORS[code].message}: ${detail}`, options);
    this.name = 'TributaryError';
    this.code = code;
    this.detail = detail;
    this.temporary = ERRORS[code].temporary;
  }
}

/**
 * WebSocket close codes. 1000-1999 as in RFC 6455; a client should reconnect and resume after any
 * code but those from 4000 to 4099, which repeat for the same reason. `too_big` and `slow_reader` are reserved: uWebSockets.js
 * ends such sockets without a close frame, so clients see 1006.
 */
export const CLOSE_CODES = {
  going_away: 1012,
  too_big: 1009,
  slow_reader: 4100,
  idle_timeout: 4101,
} as const;
