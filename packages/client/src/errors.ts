/**
 * Codes of the server after which a session is over for this client: asking again, here or at another
 * gateway, would be answered in the same way. Every other error is waited out.
 */
export const FATAL_CODES: ReadonlySet<string> = new Set([
  'session_closed',
  'unknown_session',
  'invalid_resume_token',
  'session_exists',
  'session_superseded',
  'too_many_sessions',
  'invalid_json',
  'invalid_message',
  'unknown_action',
  'invalid_session_id',
  'invalid_audio_data',
  'empty_chunk',
  'chunk_too_large',
  'no_binary_session',
  'unsupported_audio',
  'too_many_channels',
  'unknown_model',
  'unknown_language',
  'hot_words_unsupported',
  'unauthorized',
]);

/** Codes that this client adds to those of the server. */
export type OwnErrorCode =
  /** There is no WebSocket: neither `globalThis.WebSocket` nor the option `WebSocket`. */
  | 'no_websocket'
  /** An option or argument cannot be used. */
  | 'invalid_argument'
  /** `close()` was called before the end. */
  | 'closed'
  /** No gateway could be worked with for `giveUpAfterMs`. */
  | 'connection_lost'
  /** The server closed with a code (4000 to 4099) that forbids coming back. */
  | 'refused';

/** Why a session ended without its final result. `code` is the server's or an {@link OwnErrorCode}. */
export class TributaryClientError extends Error {
  readonly code: string;

  constructor(code: OwnErrorCode | (string & {}), message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'TributaryClientError';
    this.code = code;
  }
}
