import type { Counters } from '@tributary/client';

/** One event as a client got it; all numbers are the server's. */
export interface ReceivedEvent {
  readonly type: 'chunk_result' | 'final_result' | 'error';
  readonly seq: number;
  /** When it came, in milliseconds since 1970. */
  readonly atMs: number;
  readonly text: string;
  /** Seconds, of a segment. */
  readonly start?: number;
  readonly end?: number;
  readonly segmentIndex?: number;
  readonly firstChunkIndex?: number;
  readonly chunkIndex?: number;
  /** Of the final result. */
  readonly duration?: number;
  readonly chunkCount?: number;
  readonly status?: string;
}

/** Everything that one session's client did and saw: what the oracle judges. */
export interface SessionRecord {
  readonly id: string;
  /** From which its speech follows. */
  readonly seed: number;
  /** The client package with binary frames or JSON chunks, or a client that keeps nothing and cannot resume. */
  readonly voice: 'binary' | 'json' | 'plain';
  /** When each chunk was handed to the client, in milliseconds since 1970; as many as there were chunks. */
  readonly sentAtMs: readonly number[];
  readonly finishedAtMs: number | null;
  /** The highest chunk that was acknowledged together with all before it; -1 for none. */
  readonly ackedThrough: number;
  /** In the order in which they came. */
  readonly events: readonly ReceivedEvent[];
  /** Why there is no final result. */
  readonly failure: string | null;
  readonly counters: Readonly<Counters> | null;
}
