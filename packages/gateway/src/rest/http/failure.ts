import { ERRORS, type ErrorCode, type Logger, TributaryError } from '@tributary/shared';
import { StoreError } from '@tributary/shared/store';
import { type Answer, jsonAnswer } from './answer.js';

/** Codes that a REST request can meet, and the status that goes with each; all others are our own fault. */
const STATUSES: Partial<Record<ErrorCode, number>> = {
  invalid_request: 400,
  invalid_session_id: 400,
  unauthorized: 401,
  not_found: 404,
  unavailable: 503,
};

const RETRY_AFTER_S = '1';
/** No such table or column: the router that brings the schema up to date has not begun yet. */
const NOT_MIGRATED = /^42(P01|703)$/;

/** A request that gets an error of the table with a status, words or headers of its own. */
export class RequestFailure extends Error {
  readonly status: number;
  readonly code: ErrorCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: ErrorCode,
    message: string = ERRORS[code].message,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'RequestFailure';
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** What the client is told of anything that was thrown. What is not its doing goes to the log, and only there in full. */
export function failureAnswer(error: unknown, logger: Logger): Answer {
  const { status, code, message, headers } = asRequestFailure(error);
  if (status === 503) logger.warn({ err: String(error) }, 'request refused');
  else if (status >= 500) {
    logger.error(
      { err: error instanceof Error ? (error.stack ?? error.message) : String(error) },
      'request failed',
    );
  }
  return jsonAnswer(status, { error: message, code }, headers);
}

export function asRequestFailure(error: unknown): RequestFailure {
  if (error instanceof RequestFailure) return error;
  if (error instanceof StoreError) return ofStore(error);
  if (error instanceof TributaryError) {
    const status = STATUSES[error.code];
    if (status === 503) return unavailable(error.message);
    if (status !== undefined) return new RequestFailure(status, error.code, error.message);
  }
  return new RequestFailure(500, 'internal');
}

/** Its words stay in the log: they may hold addresses and statements. */
function ofStore(error: StoreError): RequestFailure {
  // A value that PostgreSQL cannot hold, a time before its calendar for example.
  if (error.sqlState?.startsWith('22') === true) return new RequestFailure(400, 'invalid_request');
  const away =
    error.temporary ||
    error.code === 'connection_failed' ||
    error.code === 'closed' ||
    NOT_MIGRATED.test(error.sqlState ?? '');
  return away
    ? unavailable(`${ERRORS.unavailable.message}: PostgreSQL is not ready`)
    : new RequestFailure(500, 'internal');
}

function unavailable(message: string): RequestFailure {
  return new RequestFailure(503, 'unavailable', message, { 'retry-after': RETRY_AFTER_S });
}
