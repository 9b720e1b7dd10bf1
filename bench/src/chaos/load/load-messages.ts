import type { SessionRecord } from './session-record.js';

/** What a process that plays clients is to do. */
export interface LoadPlan {
  readonly urls: readonly string[];
  readonly seed: number;
  /** Slots of this process; in each, one session follows the other. */
  readonly slots: readonly number[];
  readonly seconds: number;
  /** Share of sessions that send JSON chunks; the others send binary frames. */
  readonly jsonShare: number;
  /** Share of sessions by a plain client that keeps nothing and never sends again. */
  readonly plainShare: number;
  /** How long to wait for a final result once all is sent and healed. */
  readonly finalWaitMs: number;
}

export type LoadOrder =
  | { readonly type: 'run'; readonly plan: LoadPlan }
  /** Cut the sockets of this share of all sessions, without a goodbye. */
  | { readonly type: 'cut'; readonly share: number }
  /** Let so many sessions stop reading for a time, while the server has much to tell them. */
  | { readonly type: 'stop-reading'; readonly count: number; readonly forMs: number };

/** Numbers of one process so far. */
export interface LoadProgress {
  readonly open: number;
  readonly ended: number;
  readonly acked: number;
  readonly segments: number;
  /** Longest time its event loop was busy: above some ten milliseconds, delays are its own. */
  readonly lagMs: number;
}

export type LoadReport =
  | ({ readonly type: 'progress' } & LoadProgress)
  | { readonly type: 'record'; readonly record: SessionRecord }
  /** Sockets that were cut, or slow readers that the server closed. */
  | { readonly type: 'disturbed'; readonly what: string; readonly count: number }
  | { readonly type: 'done' };
