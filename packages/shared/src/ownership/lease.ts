import type { Role } from '../log/keys.js';
import type { TakenShard } from '../redis/shard-scripts.js';

/**
 * The right of this process to work on one shard in one role. It is passed to everything that does so; once
 * `lost` is set nothing done in its name counts any more, and the scripts of Redis refuse it as well.
 */
export class Lease {
  readonly role: Role;
  readonly shard: number;
  /** `<owner>:<epoch>`, checked by every script. */
  readonly value: string;
  /** Number of the shard's last commit when the lease was taken. */
  readonly lastCommit: number;
  /** Which run of Redis gave it. */
  readonly runId: string;
  /** The shard had been healed for that run of Redis when it was taken. */
  readonly healed: boolean;
  #lost = false;

  constructor(role: Role, shard: number, taken: TakenShard) {
    this.role = role;
    this.shard = shard;
    this.value = taken.lease;
    this.lastCommit = taken.lastCommit;
    this.runId = taken.runId;
    this.healed = taken.healed;
  }

  get lost(): boolean {
    return this.#lost;
  }

  /** Somebody found out that the lease is not ours any more. */
  markLost(): void {
    this.#lost = true;
  }
}
