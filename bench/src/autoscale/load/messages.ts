/** What the load process is told. */
export type LoadOrder =
  /** From now on so many sessions, and so many sockets that stay silent, through any of these gateways. */
  | {
      readonly type: 'aim';
      readonly sessions: number;
      readonly silent: number;
      readonly gateways: readonly string[];
    }
  /** Ends all sessions and then itself. */
  | { readonly type: 'end' };

/** What it tells, once a second. */
export interface LoadReport {
  readonly sessions: number;
  readonly silent: number;
  /** Of the results that came since the last report: from the planned sending of the audio to the text, in ms. */
  readonly resultMs: readonly number[];
  /** Sessions that ended well, so far. */
  readonly completed: number;
  /** What went wrong with the others, one line each, since the last report. */
  readonly failures: readonly string[];
  readonly resumes: number;
  /** Largest delay of this process' own event loop, in ms: above some tens it measures itself. */
  readonly lagMs: number;
}
