import { type Commit, type CommitAnswer, commit, type Lease, type RedisClient } from '@tributary/shared';
import { nanoid } from 'nanoid';
import type { WorkerMetrics } from '../worker-metrics.js';

export interface CommitterOptions {
  redis: RedisClient;
  lease: Lease;
  /** Oldest stream id the shard still needs at this moment; '' to trim nothing. */
  oldestNeeded(): string;
  metrics: Pick<WorkerMetrics, 'commits' | 'commitSeconds'>;
}

type Wanted = Omit<Commit, 'number' | 'tag' | 'oldestNeeded'>;

/** The lease is gone, or Redis is not what its owner believes: everything of the shard is to be dropped. */
export class LeaseLostError extends Error {
  constructor(shard: number, reason: string) {
    super(`shard ${shard}: ${reason}`);
    this.name = 'LeaseLostError';
  }
}

/**
 * Makes the conclusions of one shard durable, one at a time and numbered without holes. ioredis sends a commit again
 * when its answer was lost; the number and the tag tell Redis that it is the same one.
 */
export class Committer {
  readonly #options: CommitterOptions;
  #number: number;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: CommitterOptions) {
    this.#options = options;
    this.#number = options.lease.lastCommit;
  }

  /** @throws LeaseLostError when nothing more may be done in the name of this lease. */
  commit(what: Wanted): Promise<CommitAnswer> {
    const mine = this.#last.then(() => this.#send(what));
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  /** Settles when all commits asked for so far have. */
  async idle(): Promise<void> {
    await this.#last;
  }

  async #send(what: Wanted): Promise<CommitAnswer> {
    const { redis, lease, oldestNeeded, metrics } = this.#options;
    if (lease.lost) throw new LeaseLostError(lease.shard, 'the lease was lost');
    const number = this.#number + 1;
    const stopTimer = metrics.commitSeconds.startTimer();
    const answer = await commit(redis, lease.shard, lease.value, {
      number,
      tag: nanoid(8),
      oldestNeeded: oldestNeeded(),
      ...what,
    });
    stopTimer();
    const fenced = answer.outcome === 'lease' || answer.outcome === 'number';
    metrics.commits.inc({ outcome: fenced ? 'fenced' : answer.outcome });
    if (fenced) {
      lease.markLost();
      throw new LeaseLostError(lease.shard, `commit ${number} was refused: ${answer.outcome}`);
    }
    this.#number = number;
    return answer;
  }
}
