import { CLOSE_CODES, ERRORS, type ErrorCode } from '@tributary/shared';
import { HOW_TO_UPDATE, markdownTable } from './committed-file.js';

/** What whoever gets an error can do about it. */
const ADVICE: Readonly<Record<ErrorCode, string>> = {
  invalid_json: 'Send one JSON object in each text frame.',
  invalid_message: 'The message names the first field that is wrong.',
  unknown_action: 'Use one of the actions of [protocol.md](protocol.md).',
  invalid_session_id: 'Choose another id, or leave it out and take the one in the answer.',
  unknown_session: 'Send `start` or `resume` on this connection first. After `resume`: the session is gone.',
  session_exists: '`resume` it, or choose another id.',
  session_closed: 'The chunk or `finish` changed nothing. Start a new session.',
  session_superseded: 'Another connection resumed the session; this one carries it no more.',
  invalid_resume_token: 'Use the token that came with `session_started`.',
  too_many_sessions: 'Finish one, or open another connection.',
  session_too_long: 'The session is finished with what was heard; its results follow. Start a new one.',
  unknown_model:
    'The session was not started. The message lists the models; leave `model` out for the default.',
  unknown_language: 'The session was not started. The message lists the languages.',
  hot_words_unsupported:
    'The session was not started. The message lists the models that take them: ask for one by `model`, or leave `hot_words` out.',
  invalid_audio_data: 'The chunk was not taken. Send it again as base64.',
  empty_chunk: 'The chunk was not taken. Leave it out.',
  chunk_too_large: 'The chunk was not taken. Cut it into smaller ones.',
  no_binary_session: 'Send `start` or `resume` before binary frames.',
  unsupported_audio:
    'Send one of the formats of [audio.md](audio.md). The rest of a continuous stream is passed over; in `segments` mode only this chunk.',
  too_many_channels:
    'Send at most 8 channels. The rest of a continuous stream is passed over; in `segments` mode only this chunk.',
  recognition_failed: 'The segment has no text; the session goes on.',
  slow_down: 'Send this chunk, and then those behind it, again after `retry_after_ms`.',
  overloaded: 'Start again after `retry_after_ms`; running sessions go on.',
  unavailable: 'Try again later; over HTTP after `Retry-After` seconds.',
  idle_timeout: 'The connection is closed with code 4101. Connect again, and resume.',
  not_found: 'Check the id or the path.',
  invalid_request: 'The message names the parameter that is wrong, or `Allow` the methods that exist.',
  unauthorized: 'Send `Authorization: Bearer KEY` or `X-API-Key: KEY`.',
  internal: 'Try again; tell those who run the service.',
};

const CLOSE_MEANINGS: Readonly<Record<keyof typeof CLOSE_CODES, string>> = {
  going_away: 'The gateway is stopping. Resume on another one, or on this one once it is back.',
  too_big:
    'Reserved for a frame larger than four times `MAX_CHUNK_BYTES`; such a connection ends with 1006 today.',
  slow_reader:
    'Reserved for a client that leaves too much unread (`MAX_SOCKET_BACKLOG_BYTES`); such a connection ends with 1006 today. After a resume what was missed is sent again.',
  idle_timeout: 'Nothing was received for `IDLE_TIMEOUT_MS`.',
};

/** The text of docs/errors.md. */
export function errorsPage(): string {
  return [
    '# Errors',
    '',
    `<!-- Generated from packages/shared/src/protocol/errors.ts. To update it: ${HOW_TO_UPDATE} -->`,
    '',
    'Over a WebSocket an error is `{"type":"error","code":…,"message":…}`, where they apply with `session_id`,',
    '`chunk_index`, `retry_after_ms`, and with `seq` when it is one of the events that the client is owed. Over HTTP it is',
    '`{"error":…,"code":…}`. Programs go by `code`; `message` is for people and may say more than is listed here.',
    'Codes are only ever added. *Temporary* ones may succeed later without being changed.',
    '',
    markdownTable(
      ['code', 'message', 'temporary', 'what to do'],
      Object.entries(ERRORS).map(([code, { message, temporary }]) => [
        `\`${code}\``,
        message,
        temporary ? 'yes' : '',
        ADVICE[code as ErrorCode],
      ]),
    ),
    '',
    '## Close codes',
    '',
    'After any close, by whichever code, a client may connect again and resume; only codes from 4000 to 4099, of which there',
    'are none today, would mean that trying again leads to the same end.',
    '',
    markdownTable(
      ['code', 'name', 'meaning'],
      Object.entries(CLOSE_CODES).map(([name, code]) => [
        String(code),
        `\`${name}\``,
        CLOSE_MEANINGS[name as keyof typeof CLOSE_CODES],
      ]),
    ),
    '',
    'No gateway sends the two reserved codes: the library under the gateway ends such connections without a close frame,',
    'which clients see as 1006. How often that was because of unread text, the metric',
    '`tributary_gateway_backpressure_total{kind="slow_reader"}` counts.',
    '',
  ].join('\n');
}
