/** The server did not recognise a segment, and may do so later: it is away, busy, broken or slow. */
export class RemoteError extends Error {
  /** The server asked to be left alone for so long; null when it said nothing. */
  readonly retryAfterMs: number | null;
  /** False when the server said itself that it has too much to do: then it is not away. */
  readonly counts: boolean;
  /** Whether it may be this very segment that the server cannot bear. */
  readonly suspect: boolean;

  constructor(
    message: string,
    {
      retryAfterMs = null,
      counts = true,
      suspect = true,
      cause,
    }: { retryAfterMs?: number | null; counts?: boolean; suspect?: boolean; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.name = 'RemoteError';
    this.retryAfterMs = retryAfterMs;
    this.counts = counts;
    this.suspect = suspect;
  }
}

/** The server refused a segment for good: asking again would change nothing. */
export class RefusedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RefusedError';
  }
}
