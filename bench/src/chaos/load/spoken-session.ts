import type { Counters, SessionEvent } from '@tributary/client';

/** What a speaker needs of a client's session: the client package's has it. */
export interface SpokenSession extends AsyncIterable<SessionEvent> {
  readonly counters: Readonly<Counters> | null;
  /** @throws when the session has failed. */
  send(bytes: Uint8Array): Promise<unknown>;
  finish(): Promise<unknown>;
  close(): void;
}
