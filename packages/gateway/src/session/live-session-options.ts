import type { TraceContext } from '@tributary/shared';
import type { Wanted } from './served-models.js';

/** What a client asked for when it started or resumed a session. */
export interface LiveSessionOptions {
  sessionId: string;
  token: string;
  /** Of whom resumes a session, and its options: until Redis has told what it was begun with. */
  userId: string;
  /** JSON of `SessionOptions`. */
  options: string;
  /** What the workers have to serve for it; null when that is known already. */
  asksFor: Wanted | null;
  /** `seq` of the last event the client has; 0 for a new one. */
  lastSeq: number;
  /** Index of the client's next binary frame. */
  nextBinaryIndex: number | null;
  /** The client knows resume, so it can be asked to send audio again. */
  resends: boolean;
  /** What the session's spans are below; '' when it is not traced. */
  trace: TraceContext;
}
