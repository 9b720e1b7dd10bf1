import { TributaryError } from '@tributary/shared';
import {
  BrokenCircuitError,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhen,
  type IBackoff,
} from 'cockatiel';
import type { Endpointer, EndpointerOptions } from '../../audio/endpointer.js';
import { byEnergy, type EndpointerFactory } from '../../audio/endpointer-factory.js';
import type { Engine, ModelInfo, Recognition } from '../engine.js';
import type { Utterance, UtteranceOptions } from '../utterance.js';
import { WholeUtterance } from '../whole-utterance.js';
import { RefusedError, RemoteError } from './remote-error.js';
import {
  TranscriptionClient,
  type TranscriptionClientOptions,
  type TranscriptionRequest,
} from './transcription-client.js';

export interface RemoteOptions extends TranscriptionClientOptions {
  /** Requests at the same time. */
  concurrency: number;
  /** How audio is cut; by loudness unless given. */
  endpointers?: EndpointerFactory;
  /** The server went away, or came back. */
  onIncident?(incident: { reason: string }): void;
  /** Pauses while the server is away: from `firstPauseMs` up to `maxPauseMs`, with jitter. */
  firstPauseMs?: number;
  maxPauseMs?: number;
}

const FIRST_PAUSE_MS = 200;
const MAX_PAUSE_MS = 10_000;
/** So many failures in a row, and the server counts as away. */
const FAILURES_TO_OPEN = 5;
/** A segment that fails so often on a server that is well is given up. */
const MOST_ATTEMPTS = 3;
/** Asked in between to learn whether it is the server or the segment. */
const PROBE: TranscriptionRequest = {
  pcm: new Int16Array(8_000),
  language: null,
  words: false,
  hotWords: [],
};

interface Job {
  pcm: Int16Array;
  options: UtteranceOptions;
  attempts: number;
  /** It failed, and whose fault that was is not known yet. */
  suspect: boolean;
  resolve(recognition: Recognition): void;
  reject(error: TributaryError): void;
}

/**
 * Has segments recognised by a server with OpenAI's interface for transcriptions. While the server is away, busy or
 * broken, segments wait here, and their sessions with them: nothing is lost and no client hears of it. A segment is
 * given up only when the server refuses it for good, or when it fails three times while the server does recognise a
 * short silence in between.
 *
 * There is one timer for all that waits; what waits is bounded by the audio that the worker keeps (WORKER_BUFFER_BYTES).
 */
export class RemoteEngine implements Engine {
  readonly name = 'remote';
  readonly models: readonly ModelInfo[];
  readonly concurrency: number;
  readonly #client: TranscriptionClient;
  readonly #endpointers: EndpointerFactory;
  readonly #breaker;
  readonly #firstBackoff: IBackoff<unknown>;
  readonly #onIncident: NonNullable<RemoteOptions['onIncident']>;
  readonly #queue: Job[] = [];
  readonly #running = new Set<Job>();
  readonly #requests = new Set<AbortController>();
  #closed = false;
  #away = false;
  #backoff: IBackoff<unknown> | undefined;
  #pause: NodeJS.Timeout | undefined;
  #pausedUntilMs = 0;
  #failed = 0;

  /** @throws Error when the address is none. */
  constructor(options: RemoteOptions) {
    const { firstPauseMs = FIRST_PAUSE_MS, maxPauseMs = MAX_PAUSE_MS } = options;
    this.models = [{ name: options.model, languages: ['*'], streaming: false, hotWords: true }];
    this.concurrency = options.concurrency;
    this.#client = new TranscriptionClient(options);
    this.#endpointers = options.endpointers ?? byEnergy;
    this.#onIncident = options.onIncident ?? (() => {});
    const pauses = new ExponentialBackoff({ initialDelay: firstPauseMs, maxDelay: maxPauseMs });
    this.#firstBackoff = pauses.next();
    this.#breaker = circuitBreaker(
      handleWhen((error) => error instanceof RemoteError && error.counts),
      { halfOpenAfter: pauses, breaker: new ConsecutiveBreaker(FAILURES_TO_OPEN) },
    );
    this.#breaker.onBreak((why) => this.#wentAway('error' in why ? why.error.message : 'closed by hand'));
    this.#breaker.onReset(() => this.#cameBack());
  }

  get busy(): number {
    return this.#running.size;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  get failed(): number {
    return this.#failed;
  }

  createEndpointer(options: EndpointerOptions): Endpointer {
    return this.#endpointers(options);
  }

  open(options: UtteranceOptions): Utterance {
    return new WholeUtterance((pcm) => this.#recognise(pcm, options));
  }

  close(): Promise<void> {
    this.#closed = true;
    for (const request of this.#requests) request.abort(closed());
    clearTimeout(this.#pause);
    for (const job of [...this.#running, ...this.#queue.splice(0)]) job.reject(closed());
    this.#running.clear();
    return Promise.resolve();
  }

  #recognise(pcm: Int16Array, options: UtteranceOptions): Promise<Recognition> {
    if (this.#closed) return Promise.reject(closed());
    if (pcm.length === 0) return Promise.resolve({ text: '', decodeMs: 0 });
    return new Promise((resolve, reject) => {
      this.#queue.push({ pcm, options, attempts: options.attempts, suspect: false, resolve, reject });
      this.#pump();
    });
  }

  #pump(): void {
    while (this.#pause === undefined && this.#running.size < this.concurrency) {
      const job = this.#queue.shift();
      if (job === undefined) return;
      this.#running.add(job);
      void this.#run(job).finally(() => {
        this.#running.delete(job);
        if (!this.#closed) this.#pump();
      });
    }
  }

  /** One try at a job: settles it, or puts it back in front of those that came later. Never rejects. */
  async #run(job: Job): Promise<void> {
    try {
      if (job.suspect) {
        await this.#probe();
        this.#count(job);
        job.suspect = false;
        if (job.attempts >= MOST_ATTEMPTS) throw new RefusedError('it failed again and again');
      }
      const { language, words, hotWords } = job.options;
      const recognition = await this.#ask({ pcm: job.pcm, language, words, hotWords });
      job.resolve(recognition);
    } catch (error) {
      if (this.#closed) return;
      if (error instanceof RemoteError || error instanceof BrokenCircuitError) this.#later(job, error);
      else this.#giveUp(job, error);
    }
  }

  /** Resolves when the server answers, be it that it takes no silence. */
  async #probe(): Promise<void> {
    try {
      await this.#ask(PROBE);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
    }
  }

  async #ask(request: TranscriptionRequest): Promise<Recognition> {
    const abort = new AbortController();
    this.#requests.add(abort);
    try {
      const recognition = await this.#breaker.execute(() => this.#client.transcribe(request, abort));
      this.#backoff = undefined;
      return recognition;
    } finally {
      this.#requests.delete(abort);
    }
  }

  /** The breaker tells of every failed try of a server that is away; once is enough. */
  #wentAway(reason: string): void {
    if (!this.#away) this.#onIncident({ reason: `the recognition server is away: ${reason}` });
    this.#away = true;
  }

  #cameBack(): void {
    this.#away = false;
    this.#onIncident({ reason: 'the recognition server is back' });
  }

  #count(job: Job): void {
    job.attempts += 1;
    job.options.attempted(job.attempts);
  }

  #giveUp(job: Job, error: unknown): void {
    this.#failed += 1;
    const detail = error instanceof RefusedError ? error.message : undefined;
    job.reject(new TributaryError('recognition_failed', detail, { cause: error }));
  }

  #later(job: Job, error: RemoteError | BrokenCircuitError): void {
    if (error instanceof RemoteError && error.suspect) job.suspect = true;
    this.#queue.unshift(job);
    this.#backoff = this.#backoff?.next(undefined) ?? this.#firstBackoff;
    const asked = error instanceof RemoteError ? (error.retryAfterMs ?? 0) : 0;
    this.#pauseFor(Math.max(asked, this.#backoff.duration));
  }

  /** Asks the server nothing for so long; the longest of several pauses counts. */
  #pauseFor(ms: number): void {
    const untilMs = performance.now() + ms;
    if (this.#pause !== undefined && untilMs <= this.#pausedUntilMs) return;
    clearTimeout(this.#pause);
    this.#pausedUntilMs = untilMs;
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.#pump();
    }, ms);
  }
}

function closed(): TributaryError {
  return new TributaryError('unavailable', 'the recogniser is closed');
}
