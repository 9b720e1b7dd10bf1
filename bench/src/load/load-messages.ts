import type { Interval, Phase } from './recorder.js';

export type Mode = 'short' | 'medium' | 'long';

/** What all clients of a run do. */
export interface LoadPlan {
  /** Addresses of the gateways; client n uses number n mod their count, and the next one after a failure. */
  readonly urls: readonly string[];
  /** Begins the ids of all sessions, so that two runs never meet. */
  readonly run: string;
  readonly seed: number;
  readonly mode: Mode;
  readonly chunkMs: number;
  /** 1 is real time; 0 as fast as chunks are accepted. */
  readonly pace: number;
  readonly binary: boolean;
  /** `noise` is checked word by word; `speech` by its order, and by its word error rate. */
  readonly voice: 'noise' | 'speech';
  /** Clients read along. */
  readonly interim: boolean;
  /** False: sockets only keep alive. */
  readonly speaks: boolean;
  /** Results and acknowledgements that come later than this are failures; 0 for never. */
  readonly lateMs: number;
  /** It has a beginning and an end in which times do not count, nor lateness. */
  readonly warmsUp: boolean;
  /** How long the rest of a session may take after its last chunk. */
  readonly finishMs: number;
}

export type LoadOrder =
  | { readonly type: 'plan'; readonly plan: LoadPlan }
  /** These clients begin, spread over so long. */
  | { readonly type: 'grow'; readonly clients: readonly number[]; readonly overMs: number }
  /** All but so many finish what they say and leave. */
  | { readonly type: 'keep'; readonly clients: number }
  | { readonly type: 'phase'; readonly phase: Phase }
  /** Everybody finishes. */
  | { readonly type: 'stop' };

export type LoadReport =
  | { readonly type: 'ready' }
  | { readonly type: 'interval'; readonly interval: Interval }
  /** Every client has left. */
  | { readonly type: 'idle' };
