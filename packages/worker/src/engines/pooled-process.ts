import { type ChildProcess, fork } from 'node:child_process';
import type { ChildMessage, SegmentAnswer, SegmentAudio } from './pool-messages.js';

/**
 * Life of a child process; any state may go to `gone`, and none leaves it.
 *
 *     starting ──ready──▶ idle ──begin──▶ decoding ──answer──▶ refreshing ──ready──▶ idle
 */
type State = 'starting' | 'idle' | 'decoding' | 'refreshing' | 'gone';

export interface PooledProcessEvents {
  /** It can take a segment. */
  ready(): void;
  /** What became of the segment it had. */
  answer(answer: SegmentAnswer): void;
  /** It ended, for whatever reason; called once, and nothing is called after it. */
  gone(reason: string): void;
}

/** One child process of a pool, seen from the parent: takes a segment at a time and is killed when it is stuck. */
export class PooledProcess {
  readonly #child: ChildProcess;
  readonly #events: PooledProcessEvents;
  readonly #startTimeoutMs: number;
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>;
  #end: () => void = () => {};
  #state: State = 'starting';
  #deadline: NodeJS.Timeout | undefined;
  #killedFor: string | undefined;
  #complaint = '';

  constructor(module: URL, startTimeoutMs: number, events: PooledProcessEvents) {
    this.#events = events;
    this.#startTimeoutMs = startTimeoutMs;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#child = fork(module, {
      serialization: 'advanced',
      execArgv: [],
      env: ENVIRONMENT,
      stdio: STDIO,
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-COMPLAINT_CHARACTERS);
    });
    this.#child.on('message', (message: ChildMessage) => this.#take(message));
    this.#child.on('error', (error) => {
      // Without a pid it never ran, and no `close` will come; any other error is followed by one.
      if (this.#child.pid === undefined) this.#gone(`could not be started: ${error.message}`);
    });
    this.#child.on('close', (code, signal) => this.#gone(this.#reason(code, signal)));
    this.#expectWithin(startTimeoutMs, 'did not start');
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get state(): State {
    return this.#state;
  }

  /** Hands over a segment; only when `idle`. */
  begin(segment: SegmentAudio, timeoutMs: number): void {
    this.#state = 'decoding';
    this.#expectWithin(timeoutMs, 'did not finish a segment');
    // A failed send means that it is dying, which `close` will tell.
    this.#child.send(segment, () => {});
  }

  /** Ends the process without ceremony: it holds nothing that must be kept. */
  kill(reason: string): void {
    this.#killedFor ??= reason;
    this.#child.kill('SIGKILL');
  }

  #take(message: ChildMessage): void {
    if (this.#state === 'gone' || this.#killedFor !== undefined) return;
    if (message.type === 'unusable') {
      this.kill(message.reason);
    } else if (message.type === 'ready') {
      clearTimeout(this.#deadline);
      this.#state = 'idle';
      this.#events.ready();
    } else {
      this.#state = 'refreshing';
      this.#expectWithin(this.#startTimeoutMs, 'did not become ready again');
      this.#events.answer(message);
    }
  }

  #expectWithin(ms: number, failure: string): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.kill(`${failure} within ${ms} ms`), ms);
  }

  #reason(code: number | null, signal: string | null): string {
    if (this.#killedFor !== undefined) return this.#killedFor;
    const how = signal === null ? `exited with code ${code}` : `was killed by ${signal}`;
    const lines = this.#complaint.trim().split('\n');
    const complaint = lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1) ?? '';
    return complaint === '' ? how : `${how}: ${complaint}`;
  }

  #gone(reason: string): void {
    if (this.#state === 'gone') return;
    this.#state = 'gone';
    clearTimeout(this.#deadline);
    this.#end();
    this.#events.gone(reason);
  }
}

const COMPLAINT_CHARACTERS = 4_000;
/** stdin, stdout, stderr (kept for the reason of its end), channel. */
const STDIO: ['ignore', 'ignore', 'pipe', 'ipc'] = ['ignore', 'ignore', 'pipe', 'ipc'];
/**
 * All that a child gets of an environment: no passwords. One thread for native calls, since each thread that
 * loads a model keeps memory of its own (330 MB more for each child with Node's usual four).
 */
const ENVIRONMENT = { UV_THREADPOOL_SIZE: '1' };
