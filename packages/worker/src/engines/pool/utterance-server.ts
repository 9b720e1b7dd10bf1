import { setImmediate } from 'node:timers/promises';
import { InterimBudget } from './interim-budget.js';
import type { ChildRecogniser } from './listener.js';
import type { ChildMessage, PoolMessage } from './pool-messages.js';
import { ServedUtterance } from './served-utterance.js';

type Turn = () => Promise<void>;

/**
 * Works on the utterances of a child process, one small piece at a time: what was cancelled or finished first, in
 * order; then open ones in turn; then what probably ends soon, so that its text is there when it does; then interim text
 * within its budget.
 */
export class UtteranceServer {
  readonly #recogniser: ChildRecogniser;
  readonly #tell: (message: ChildMessage) => void;
  readonly #budget: InterimBudget;
  readonly #utterances = new Map<number, ServedUtterance>();
  #running = false;
  #wake: NodeJS.Timeout | undefined;

  constructor(recogniser: ChildRecogniser, tell: (message: ChildMessage) => void) {
    this.#recogniser = recogniser;
    this.#tell = tell;
    this.#budget = new InterimBudget(recogniser.interimShare);
  }

  /** Takes commands. What they lead to is told; a rejection means that the process must end. */
  async take(commands: PoolMessage): Promise<void> {
    for (const command of commands) {
      if (command.type === 'open') {
        this.#utterances.set(command.id, new ServedUtterance(command.id, command, this.#recogniser));
        continue;
      }
      const utterance = this.#utterances.get(command.id);
      if (command.type === 'audio') utterance?.push(command.pcm, command.mayEnd);
      // It waits behind those that were finished before it.
      else if (utterance !== undefined) this.#moveBack(utterance);
      if (utterance !== undefined && command.type === 'finish') utterance.finishing = true;
      if (utterance !== undefined && command.type === 'cancel') utterance.cancelled = true;
    }
    await this.#run();
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    clearTimeout(this.#wake);
    for (let turn = this.#nextTurn(); turn !== undefined; turn = this.#nextTurn()) {
      await turn();
      // Lets further commands in.
      await setImmediate();
    }
    this.#running = false;
    this.#sleep();
  }

  #nextTurn(): Turn | undefined {
    let open: ServedUtterance | undefined;
    for (const utterance of this.#utterances.values()) {
      if (utterance.cancelled) return () => this.#end(utterance);
      if (utterance.finishing) return () => this.#conclude(utterance);
      if (utterance.behind) open ??= utterance;
    }
    if (open !== undefined) return () => this.#listen(open);
    for (const utterance of this.#utterances.values()) {
      if (utterance.awaitsEnd) return () => this.#anticipate(utterance);
    }
    const now = performance.now();
    const due = this.#mostDue();
    return due !== undefined && due.at <= now ? () => this.#tellInterim(due.utterance) : undefined;
  }

  /** The utterance whose interim text is due first, with the time at which it may be made. */
  #mostDue(): { utterance: ServedUtterance; at: number } | undefined {
    let first: { utterance: ServedUtterance; at: number } | undefined;
    for (const utterance of this.#utterances.values()) {
      const at = utterance.interimDueAt;
      if (at !== null && (first === undefined || at < first.at)) first = { utterance, at };
    }
    return first === undefined ? undefined : { ...first, at: Math.max(first.at, this.#budget.nextAt) };
  }

  /** One timer for all utterances: interim text that is not due yet must be told also if nothing more comes. */
  #sleep(): void {
    const due = this.#mostDue();
    if (due === undefined) return;
    const ms = Math.max(1, Math.ceil(due.at - performance.now()));
    this.#wake = setTimeout(() => void this.#run(), ms);
  }

  async #listen(utterance: ServedUtterance): Promise<void> {
    try {
      await utterance.acceptSlice();
    } catch (error) {
      return await this.#fail(utterance, error);
    }
    if (utterance.behind) return this.#moveBack(utterance);
    // What is recognised before its end counts as heard only then: should it kill this process, it is to be charged.
    if (!utterance.awaitsEnd) this.#tellHeard(utterance);
  }

  #tellHeard(utterance: ServedUtterance): void {
    this.#tell({ type: 'heard', id: utterance.id, samples: utterance.heard });
  }

  async #anticipate(utterance: ServedUtterance): Promise<void> {
    try {
      await utterance.anticipate();
    } catch (error) {
      return await this.#fail(utterance, error);
    }
    if (!utterance.behind) this.#tellHeard(utterance);
  }

  /** A slice of a finished utterance, or its answer. */
  async #conclude(utterance: ServedUtterance): Promise<void> {
    try {
      if (utterance.behind) return await utterance.acceptSlice();
      this.#tell(await utterance.answer());
    } catch (error) {
      return await this.#fail(utterance, error);
    }
    await this.#end(utterance);
  }

  async #tellInterim(utterance: ServedUtterance): Promise<void> {
    const began = performance.now();
    try {
      const told = await utterance.interim();
      this.#budget.spent(began, performance.now());
      if (told !== null) this.#tell({ type: 'interim', id: utterance.id, ...told });
    } catch (error) {
      await this.#fail(utterance, error);
    }
  }

  async #fail(utterance: ServedUtterance, error: unknown): Promise<void> {
    const reason = error instanceof Error ? error.message : String(error);
    this.#tell({ type: 'failed', id: utterance.id, reason });
    await this.#end(utterance);
  }

  async #end(utterance: ServedUtterance): Promise<void> {
    this.#utterances.delete(utterance.id);
    await utterance.close();
    this.#tell({ type: 'closed', id: utterance.id });
  }

  #moveBack(utterance: ServedUtterance): void {
    this.#utterances.delete(utterance.id);
    this.#utterances.set(utterance.id, utterance);
  }
}
