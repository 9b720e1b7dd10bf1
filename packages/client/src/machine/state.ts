import type { BackoffOptions } from '../backoff.js';
import type { StartMessage } from '../wire.js';

/**
 * ```
 *            due               open             started / resumed
 *  waiting ───────▶ connecting ─────▶ attaching ─────────────────▶ streaming
 *     ▲                 │                │  ▲                        │   │
 *     │   closed, too   │                │  │ due (binary), rewind   │   │ slow_down
 *     └── slow, moved ──┴────────────────┤  └────────── paused ◀─────┼───┘
 *                                        └──────────────────────────▶│
 *            any phase ── final_result, close(), fatal error ──▶ ended
 * ```
 */
export type Phase = 'waiting' | 'connecting' | 'attaching' | 'streaming' | 'paused' | 'ended';

/** What stays the same for the life of a session. */
export interface SessionSettings {
  start: StartMessage;
  /** Number of gateway addresses, at least 1. */
  addressCount: number;
  /** True: audio goes as binary frames, numbered by the server. False: as JSON, numbered by us. */
  binary: boolean;
  backoff: BackoffOptions;
  connectTimeoutMs: number;
  /** A socket that is silent for this long while an answer is owed is given up. */
  silenceMs: number;
  /** The same while only the final result is owed, which may take as long as the queue is. */
  finalSilenceMs: number;
  /** Trouble without any progress for this long ends the session with `connection_lost`. */
  giveUpAfterMs: number;
}

/** The segment is to end behind this chunk, and the server has not answered yet. */
export interface OpenFinalize {
  index: number;
  /** It went out on this socket. */
  sent: boolean;
}

/** Indexes are chunk indexes; times are of the clock that is passed to `transition`, in milliseconds. */
export interface SessionState {
  settings: SessionSettings;
  phase: Phase;
  /** When to connect (`waiting`), to give up the attempt (`connecting`) or to send again (`paused`). */
  dueMs: number;
  /** Which of the addresses is used now or next. */
  address: number;
  /** Attempts in a row that led nowhere. */
  failures: number;
  /** Since when nothing has worked; null while all is well. */
  troubleSinceMs: number | null;

  /** `session_started` was seen, so from now on it is `resume`. */
  started: boolean;
  resumeToken: string;
  lastSeq: number;

  /** The index that the application's next chunk gets. */
  nextIndex: number;
  /** The first chunk that is still kept: all below are committed, and were sent. */
  keptFrom: number;
  /** The chunk to be sent next on this socket; in `attaching` and `paused`, from where it will go on. */
  sendNext: number;
  ackedThrough: number;
  /** A `rewind` came in `paused` or `attaching`, and is still to be answered. */
  rewound: boolean;
  committedThrough: number;

  /** In the order of their chunks, one for a chunk at most. */
  finalizes: readonly OpenFinalize[];
  finishWanted: boolean;
  /** `finish` went out on this socket. */
  finishSent: boolean;
  /** `finish` went out on some socket, so the server may have ended the session. */
  finishEverSent: boolean;
  /** The server said that the session has ended; its final result is on the way. */
  closedByFinish: boolean;

  /** When the last message came. */
  heardMs: number;
  /** Since when the server owes an answer; null when it owes none. */
  owedSinceMs: number | null;
  /** When to leave a draining gateway; null when there is no need. */
  moveAtMs: number | null;
}

/** A session that connects as soon as it gets its first `tick`. */
export function initialState(settings: SessionSettings, address: number, nowMs: number): SessionState {
  return {
    settings,
    phase: 'waiting',
    dueMs: nowMs,
    address: address % settings.addressCount,
    failures: 0,
    troubleSinceMs: null,
    started: false,
    resumeToken: settings.start.resume_token,
    lastSeq: 0,
    nextIndex: 0,
    keptFrom: 0,
    sendNext: 0,
    ackedThrough: -1,
    rewound: false,
    committedThrough: -1,
    finalizes: [],
    finishWanted: false,
    finishSent: false,
    finishEverSent: false,
    closedByFinish: false,
    heardMs: nowMs,
    owedSinceMs: null,
    moveAtMs: null,
  };
}
