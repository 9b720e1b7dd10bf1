/**
 * Notices members that died: every process listens on a channel of its own, and a process that is killed stops
 * listening at once, long before its heartbeat and its leases run out. One that is paused or cut off goes on
 * listening, as far as Redis knows, and is left to its lease.
 *
 * A pure state machine. Only a member that was seen listening can be missed: one of a release that does not listen
 * never is. Nothing is believed while we are not heard ourselves, as after a restart of Redis.
 */
export class MemberWatch {
  readonly #patienceMs: number;
  readonly #missedSinceMs = new Map<string, number | null>();

  /** @param patienceMs how long a member has to be missed: a lost connection is made again meanwhile */
  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  /**
   * @param members who is a member now
   * @param listening those of them that are listening
   * @returns members that died; each once
   */
  look(members: readonly string[], listening: ReadonlySet<string>, self: string, nowMs: number): string[] {
    if (!listening.has(self)) {
      this.#missedSinceMs.clear();
      return [];
    }
    const dead: string[] = [];
    for (const member of members) {
      if (listening.has(member)) this.#missedSinceMs.set(member, null);
      else if (this.#missedSinceMs.has(member)) {
        const since = this.#missedSinceMs.get(member) ?? nowMs;
        this.#missedSinceMs.set(member, since);
        if (nowMs - since >= this.#patienceMs) dead.push(member);
      }
    }
    const gone = new Set(dead);
    for (const member of this.#missedSinceMs.keys()) {
      if (gone.has(member) || !members.includes(member)) this.#missedSinceMs.delete(member);
    }
    return dead;
  }
}
