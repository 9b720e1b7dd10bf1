import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LoadOrder, LoadReport } from './messages.js';

const CHILD_FILE = fileURLToPath(new URL('./main.js', import.meta.url));
const END_MS = 60_000;

/** The process that plays the clients. */
export class Load {
  readonly #child: ChildProcess = fork(CHILD_FILE, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });

  constructor(onReport: (report: LoadReport) => void) {
    this.#child.on('message', (report: LoadReport) => onReport(report));
    this.#child.on('error', () => undefined);
  }

  get ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  aim(sessions: number, silent: number, gateways: readonly string[]): void {
    this.#order({ type: 'aim', sessions, silent, gateways });
  }

  /** Lets all sessions end. @throws Error when they do not. */
  async end(): Promise<void> {
    const gone = once(this.#child, 'exit', { signal: AbortSignal.timeout(END_MS) });
    this.#order({ type: 'end' });
    await gone;
  }

  /** Ends the process as it is; can be called twice. */
  async kill(): Promise<void> {
    if (this.ended) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  #order(order: LoadOrder): void {
    // That it died is noticed by whoever looks at `ended`.
    this.#child.send(order, () => undefined);
  }
}
