import { type ChildProcess, fork } from 'node:child_process';
import type { ChildMessage, Command, UtteranceNews } from './pool-messages.js';

/**
 * Life of a child process; any state may go to `gone`, and none leaves it.
 *
 *     starting ──ready──▶ ready ──▶ gone
 */
type State = 'starting' | 'ready' | 'gone';

export interface PooledProcessOptions {
  /** Entry of the process; see `serveUtterances`. */
  module: URL;
  /** Its arguments; anyone on the machine can read them. */
  args: readonly string[];
  startTimeoutMs: number;
}

export interface PooledProcessEvents {
  /** It can take utterances; called once. */
  ready(): void;
  /** It told something about an utterance. */
  told(news: UtteranceNews): void;
  /** It ended, for whatever reason; called once, and nothing is called after it. */
  gone(reason: string): void;
}

/** One child process of a pool, seen from the parent: takes commands, and is killed when it is stuck. */
export class PooledProcess {
  readonly #child: ChildProcess;
  readonly #events: PooledProcessEvents;
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>;
  #end: () => void = () => {};
  #state: State = 'starting';
  #commands: Command[] = [];
  /** When it must have done what it has to do, by the monotonic clock; null when it has nothing to do. */
  #deadline: { at: number; failure: string } | null = null;
  #timer: NodeJS.Timeout | undefined;
  #killedFor: string | undefined;
  #complaint = '';

  constructor({ module, args, startTimeoutMs }: PooledProcessOptions, events: PooledProcessEvents) {
    this.#events = events;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#child = fork(module, args, {
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
    this.expectWithin(startTimeoutMs, 'did not start');
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get state(): State {
    return this.#state;
  }

  /** Sends a command, together with all others of this turn of the event loop. */
  send(command: Command): void {
    if (this.#commands.push(command) > 1) return;
    setImmediate(() => {
      const commands = this.#commands;
      this.#commands = [];
      // A failed send means that it is dying, which `close` will tell.
      if (this.#child.connected) this.#child.send(commands, () => {});
    });
  }

  /** Kills it unless this is called again within so much time; null when nothing is expected of it. */
  expectWithin(ms: number | null, failure = ''): void {
    if (ms === null) {
      this.#deadline = null;
      return;
    }
    const at = performance.now() + ms;
    // A timer that fires early starts anew, so that setting it for each message costs nothing.
    const fires = this.#deadline === null ? Number.POSITIVE_INFINITY : this.#deadline.at;
    this.#deadline = { at, failure: `${failure} within ${ms} ms` };
    if (at < fires || this.#timer === undefined) this.#watch(ms);
  }

  /** Ends the process without ceremony: it holds nothing that must be kept. */
  kill(reason: string): void {
    this.#killedFor ??= reason;
    this.#child.kill('SIGKILL');
  }

  #watch(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#deadline === null) return;
      const left = this.#deadline.at - performance.now();
      if (left > 0) this.#watch(Math.ceil(left));
      else this.kill(this.#deadline.failure);
    }, ms);
  }

  #take(message: ChildMessage): void {
    if (this.#state === 'gone' || this.#killedFor !== undefined) return;
    if (message.type === 'unusable') {
      this.kill(message.reason);
    } else if (message.type === 'ready') {
      this.expectWithin(null);
      this.#state = 'ready';
      this.#events.ready();
    } else {
      this.#events.told(message);
    }
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
    clearTimeout(this.#timer);
    this.#end();
    this.#events.gone(reason);
  }
}

const COMPLAINT_CHARACTERS = 4_000;
/** stdin, stdout, stderr (kept for the reason of its end), channel. */
const STDIO: ['ignore', 'ignore', 'pipe', 'ipc'] = ['ignore', 'ignore', 'pipe', 'ipc'];
/** glibc's own first value; given, it stays what it is and does not grow with the blocks that are freed. */
const SMALL_BLOCK_BYTES = '131072';
/**
 * All that a child gets of an environment: no passwords. One thread for native calls, since each thread that
 * loads a model keeps memory of its own (330 MB more for each child with Node's usual four). For the same reason one arena
 * of glibc's for all threads, and large blocks, which networks take and free with each segment, that go back to the
 * system at once: 45 MB less for each child after twenty minutes of speech, and no more CPU time.
 */
const ENVIRONMENT = {
  UV_THREADPOOL_SIZE: '1',
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: SMALL_BLOCK_BYTES,
  MALLOC_TRIM_THRESHOLD_: SMALL_BLOCK_BYTES,
};
