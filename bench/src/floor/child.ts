import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The compiled programs, also when this file runs from its source: the two folders lie equally deep. */
const PROGRAMS = new URL('../../dist/floor/', import.meta.url);
const ANSWER_MS = 10_000;

/** A child process that answers messages; it ends when we do. */
export class Child<Message extends { readonly type: string }> {
  readonly #name: string;
  readonly #process: ChildProcess;
  #failure: Error | undefined;

  constructor(name: string, ...args: string[]) {
    this.#name = name;
    this.#process = fork(fileURLToPath(new URL(`${name}.js`, PROGRAMS)), args, { execArgv: [] });
    this.#process.once('error', (error) => {
      this.#failure = error;
    });
  }

  send(message: string): void {
    this.#process.send(message);
  }

  /** The next message of this type. @throws Error when the child ends, or says nothing for long. */
  async next<Type extends Message['type']>(type: Type): Promise<Extract<Message, { type: Type }>> {
    return await new Promise((resolve, reject) => {
      const child = this.#process;
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        child.off('message', onMessage);
        child.off('exit', onExit);
        act();
      };
      const onMessage = (message: unknown): void => {
        const said = message as Message;
        if (said.type === type) settle(() => resolve(said as Extract<Message, { type: Type }>));
      };
      const onExit = (): void =>
        settle(() => reject(this.#failure ?? new Error(`${this.#name} ended before it said ${type}`)));
      const timer = setTimeout(
        () => settle(() => reject(new Error(`${this.#name} did not say ${type}`))),
        ANSWER_MS,
      );
      child.on('message', onMessage);
      child.on('exit', onExit);
      if (child.exitCode !== null || child.signalCode !== null) onExit();
    });
  }

  /** Ends it; settles when it is gone. Can be called twice. */
  async stop(): Promise<void> {
    const child = this.#process;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
}
