import { TributaryError } from '@tributary/shared';
import { type Recognition, SAMPLE_RATE_HZ } from './engine.js';
import type { SegmentAnswer, SegmentAudio } from './pool-messages.js';
import { PooledProcess } from './pooled-process.js';
import { StartRecord } from './start-record.js';
import type { Utterance, UtteranceOptions } from './utterance.js';
import { WholeUtterance } from './whole-utterance.js';

export interface ProcessPoolOptions {
  /** Entry of the child processes; see `serveSegments`. */
  module: URL;
  /** Number of child processes. */
  size: number;
  /** How long a child may take to start, or to become ready again after a segment. */
  startTimeoutMs?: number;
  /** How long a segment of so many samples may take before its child counts as stuck. */
  segmentTimeoutMs?: (samples: number) => number;
  /** Told whenever a child ended unasked, for the log. */
  onIncident?: (incident: { pid: number | undefined; reason: string; whileDecoding: boolean }) => void;
}

/** A segment is given to this many children before it counts as what kills them. */
const MAX_ATTEMPTS = 3;
const START_TIMEOUT_MS = 60_000;

/**
 * Ten times real time and half a minute. An overloaded machine has been seen at twice real time, and a child
 * that was only slow must not cost the segment an attempt.
 */
const generousTimeoutMs = (samples: number) => 30_000 + (10_000 * samples) / SAMPLE_RATE_HZ;

interface Job {
  segment: SegmentAudio;
  /** Attempts begun, those of an earlier owner included. */
  attempts: number;
  attempted: UtteranceOptions['attempted'];
  resolve: (recognition: Recognition) => void;
  reject: (error: TributaryError) => void;
}

/** A child with its segment; the child is null while its replacement waits to be started. */
interface Slot {
  child: PooledProcess | null;
  job: Job | null;
  everReady: boolean;
  restart: NodeJS.Timeout | undefined;
}

/**
 * Child processes that recognise segments, one at a time each, in the order of asking. A child that dies or is
 * stuck is replaced and costs only the segment it had, which is tried again up to three times in all.
 */
export class ProcessPool {
  readonly #options: ProcessPoolOptions;
  readonly #slots: Slot[];
  readonly #queue: Job[] = [];
  readonly #starts = new StartRecord();
  #failed = 0;
  #closing: Promise<void> | undefined;

  constructor(options: ProcessPoolOptions) {
    this.#options = options;
    this.#slots = Array.from({ length: options.size }, () => {
      const slot: Slot = { child: null, job: null, everReady: false, restart: undefined };
      this.#start(slot);
      return slot;
    });
  }

  /** Segments being decoded right now. */
  get busy(): number {
    return this.#slots.filter((slot) => slot.job !== null).length;
  }

  /** Segments that wait for a child. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Segments given up after their last attempt, since the start. */
  get failed(): number {
    return this.#failed;
  }

  /** Process ids of the living children. */
  get pids(): number[] {
    return this.#slots.flatMap((slot) => slot.child?.pid ?? []);
  }

  /** Resolves once a child is ready; rejects with the reason when children fail at their start again and again. */
  ready(): Promise<void> {
    return this.#starts.first;
  }

  /** Its `finish` rejects with `recognition_failed` after three attempts, and with `unavailable` when the pool is closed. */
  open({ language, words, attempts, attempted }: UtteranceOptions): Utterance {
    return new WholeUtterance((pcm) => this.#recognise({ pcm, language, words }, attempts, attempted));
  }

  /** Rejects all that is under way and ends the children; resolves when the last one is gone. */
  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  #recognise(segment: SegmentAudio, attempts: number, attempted: Job['attempted']): Promise<Recognition> {
    if (this.#closing !== undefined) return Promise.reject(closed());
    return new Promise((resolve, reject) => {
      const job: Job = { segment, attempts, attempted, resolve, reject };
      if (attempts >= MAX_ATTEMPTS) {
        this.#giveUp(job, 'an earlier worker counted them');
        return;
      }
      this.#queue.push(job);
      this.#pump();
    });
  }

  async #shutDown(): Promise<void> {
    this.#starts.abandon(closed());
    const jobs = [...this.#slots.flatMap((slot) => slot.job ?? []), ...this.#queue.splice(0)];
    for (const job of jobs) job.reject(closed());
    const endings = this.#slots.map((slot) => {
      clearTimeout(slot.restart);
      slot.job = null;
      slot.child?.kill('the pool is closed');
      return slot.child?.ended;
    });
    await Promise.all(endings);
  }

  #start(slot: Slot): void {
    slot.everReady = false;
    const child = new PooledProcess(this.#options.module, this.#options.startTimeoutMs ?? START_TIMEOUT_MS, {
      ready: () => {
        slot.everReady = true;
        this.#starts.succeeded();
        this.#pump();
      },
      answer: (answer) => this.#settle(slot, answer),
      gone: (reason) => this.#replace(slot, reason),
    });
    slot.child = child;
  }

  /** Gives waiting segments to idle children. */
  #pump(): void {
    if (this.#closing !== undefined) return;
    for (const slot of this.#slots) {
      if (slot.child?.state !== 'idle') continue;
      const job = this.#queue.shift();
      if (job === undefined) return;
      job.attempts += 1;
      slot.job = job;
      const timeoutMs = (this.#options.segmentTimeoutMs ?? generousTimeoutMs)(job.segment.pcm.length);
      slot.child.begin(job.segment, timeoutMs);
    }
  }

  #settle(slot: Slot, answer: SegmentAnswer): void {
    const job = slot.job;
    slot.job = null;
    if (job === null) return;
    if (answer.type === 'recognised') job.resolve(answer.recognition);
    else this.#retry(job, answer.reason);
  }

  #replace(slot: Slot, reason: string): void {
    const { child, job } = slot;
    slot.child = null;
    slot.job = null;
    if (this.#closing !== undefined) return;
    this.#options.onIncident?.({ pid: child?.pid, reason, whileDecoding: job !== null });
    const delayMs = slot.everReady ? 0 : this.#starts.failed(reason);
    slot.restart = setTimeout(() => this.#start(slot), delayMs);
    if (job !== null) this.#retry(job, reason);
  }

  /** Puts a segment back in front, for another child, unless it has had its attempts. */
  #retry(job: Job, reason: string): void {
    job.attempted(job.attempts);
    if (job.attempts < MAX_ATTEMPTS) this.#queue.unshift(job);
    else this.#giveUp(job, reason);
    this.#pump();
  }

  #giveUp(job: Job, reason: string): void {
    this.#failed += 1;
    job.reject(new TributaryError('recognition_failed', `after ${job.attempts} attempts: ${reason}`));
  }
}

function closed(): TributaryError {
  return new TributaryError('unavailable', 'the recogniser is closed');
}
