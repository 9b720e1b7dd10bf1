/**
 * ```
 * attaching ──► open ──► finishing ─────► over
 *     │          │           │             ▲
 *     │          └► closed ◄─┘ ────────────┤ (ended by its deadline: nothing is acknowledged any more, only events are owed)
 *     └────────────────────────────────────┘ refused, superseded, socket gone
 * ```
 */
export type Phase = 'attaching' | 'open' | 'finishing' | 'closed' | 'over';

/** Where a session on a socket stands; its parts share it. */
export class SessionPhase {
  now: Phase = 'attaching';

  /** The client has said all, or its time was over. */
  get isFinished(): boolean {
    return this.now === 'finishing' || this.now === 'closed';
  }
}
