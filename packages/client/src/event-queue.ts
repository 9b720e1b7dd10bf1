import type { SessionEvent } from './wire.js';

type Result = IteratorResult<SessionEvent, undefined>;
interface Reader {
  resolve: (result: Result) => void;
  reject: (error: Error) => void;
}

const DONE: Result = { done: true, value: undefined };

/**
 * The events that wait for the application. Each is read once, by whoever asks first. Of interim texts of
 * a segment only the newest waits, so an application that does not read holds little more than its text.
 */
export class EventQueue implements AsyncIterableIterator<SessionEvent, undefined> {
  readonly #events: SessionEvent[] = [];
  readonly #readers: Reader[] = [];
  #ended: { error: Error | null } | null = null;

  push(event: SessionEvent): void {
    if (this.#ended !== null) return;
    const reader = this.#readers.shift();
    if (reader !== undefined) return reader.resolve({ done: false, value: event });
    const last = this.#events.at(-1);
    if (last?.type === 'partial_result' && event.type === 'partial_result') this.#events.pop();
    this.#events.push(event);
  }

  /** No more events. What waits can still be read; after it, `error` is thrown, once, if there is one. */
  end(error: Error | null): void {
    if (this.#ended !== null) return;
    this.#ended = { error };
    const [first, ...others] = this.#readers.splice(0);
    if (first !== undefined) this.#finish(first);
    for (const reader of others) reader.resolve(DONE);
  }

  next(): Promise<Result> {
    const event = this.#events.shift();
    if (event !== undefined) return Promise.resolve({ done: false, value: event });
    return new Promise((resolve, reject) => {
      const reader = { resolve, reject };
      if (this.#ended === null) this.#readers.push(reader);
      else this.#finish(reader);
    });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #finish(reader: Reader): void {
    const error = this.#ended?.error ?? null;
    this.#ended = { error: null };
    if (error === null) reader.resolve(DONE);
    else reader.reject(error);
  }
}
