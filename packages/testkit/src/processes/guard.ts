import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ChildRecord } from './child-record.js';
import type { GuardMessage } from './guard-messages.js';

const GUARD_FILE = fileURLToPath(new URL('../../dist/processes/guard-main.js', import.meta.url));

/**
 * A small process that outlives this one just long enough to end what it left behind: even after a `kill -9`
 * no child process and no temporary folder stays. It is started with the first thing to watch.
 */
class Guard {
  #process: ChildProcess | undefined;

  watch(child: ChildRecord): void {
    this.#send({ type: 'watch', child });
  }

  forget(child: ChildRecord): void {
    this.#send({ type: 'forget', child });
  }

  watchFolder(path: string): void {
    this.#send({ type: 'watch-folder', path });
  }

  forgetFolder(path: string): void {
    this.#send({ type: 'forget-folder', path });
  }

  #send(message: GuardMessage): void {
    this.#process ??= this.#start();
    // A guard that was killed is a net lost, not a reason to fail: the next start makes a new one.
    this.#process.send(message, () => undefined);
  }

  #start(): ChildProcess {
    // Detached: a Ctrl-C in the terminal reaches a whole process group and must not end the guard with us.
    const guard = fork(GUARD_FILE, { detached: true, stdio: 'ignore', execArgv: [] });
    const gone = (): void => {
      if (this.#process === guard) this.#process = undefined;
    };
    guard.once('exit', gone);
    guard.once('error', gone);
    guard.unref();
    guard.channel?.unref();
    return guard;
  }
}

/** The guard of this process. */
export const guard = new Guard();
