import postgres from 'postgres';

/**
 * What can go wrong with the store. `temporary` says whether the same call may succeed later unchanged;
 * for `statement_failed` and `connection_failed` the SQLSTATE decides.
 */
export const STORE_ERRORS = {
  connection_failed: { message: 'the connection to PostgreSQL failed', temporary: true },
  deadline_passed: { message: 'PostgreSQL did not answer in time', temporary: true },
  statement_failed: { message: 'PostgreSQL refused the statement', temporary: false },
  transaction_refused: { message: 'the store runs single statements, no transactions', temporary: false },
  closed: { message: 'the store is closed', temporary: false },
  invalid_settings: { message: 'the database settings are not usable', temporary: false },
  migration_failed: { message: 'the schema could not be brought up to date', temporary: false },
} as const;

export type StoreErrorCode = keyof typeof STORE_ERRORS;

/** An error of the store. The server's own error is its `cause`, which loggers do not walk for values. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  readonly temporary: boolean;
  /** Five-letter SQLSTATE where the server gave one. */
  readonly sqlState: string | null;

  constructor(
    code: StoreErrorCode,
    detail?: string,
    options: { cause?: unknown; temporary?: boolean; sqlState?: string } = {},
  ) {
    const { message, temporary } = STORE_ERRORS[code];
    super(
      detail === undefined ? message : `${message}: ${detail}`,
      'cause' in options ? { cause: options.cause } : {},
    );
    this.name = 'StoreError';
    this.code = code;
    this.temporary = options.temporary ?? temporary;
    this.sqlState = options.sqlState ?? null;
  }
}

/** Resources, locks, cancelled and shutting down, serialisation: the statement itself is in order. */
const TEMPORARY_STATE = /^(08|40|53|55|57|58|XX)|^25006$/;
/** Wrong password, no such database: trying again does not help. */
const LASTING_CONNECT_STATE = /^(28|3D)/;

const MISTAKES: ReadonlySet<unknown> = new Set([
  'UNDEFINED_VALUE',
  'MAX_PARAMETERS_EXCEEDED',
  'NOT_TAGGED_CALL',
]);

/** What the client library threw, as a `StoreError`, and whether its connection must not be used again. */
export function asStoreError(cause: unknown): { error: StoreError; broken: boolean } {
  if (cause instanceof StoreError) return { error: cause, broken: cause.code === 'deadline_passed' };
  const detail = cause instanceof Error ? cause.message : String(cause);
  if (isMistake(cause)) return { error: new StoreError('statement_failed', detail, { cause }), broken: true };
  if (!(cause instanceof postgres.PostgresError)) {
    return { error: new StoreError('connection_failed', detail, { cause }), broken: true };
  }
  const sqlState = cause.code;
  const fatal = cause.severity === 'FATAL' || cause.severity === 'PANIC';
  if (fatal) {
    const temporary = !LASTING_CONNECT_STATE.test(sqlState);
    return {
      error: new StoreError('connection_failed', detail, { cause, sqlState, temporary }),
      broken: true,
    };
  }
  const temporary = TEMPORARY_STATE.test(sqlState);
  // A server that has become read-only is a former primary: look for the new one.
  const broken = sqlState === '25006';
  return { error: new StoreError('statement_failed', detail, { cause, sqlState, temporary }), broken };
}

/** Found wrong on our side of the connection: a value that cannot be sent, or one that cannot be read. */
function isMistake(cause: unknown): boolean {
  if (cause instanceof RangeError || cause instanceof TypeError) return true;
  return cause instanceof Error && 'code' in cause && MISTAKES.has(cause.code);
}
