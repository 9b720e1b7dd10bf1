import type { World } from '../world/world.js';

const EVERY_MS = 10_000;

/** A line that changes on a terminal, and a line now and then elsewhere. */
export class ProgressLine {
  readonly #name: string;
  readonly #out: NodeJS.WriteStream;
  #nextMs = EVERY_MS;
  #shown = false;

  constructor(name: string, out: NodeJS.WriteStream) {
    this.#name = name;
    this.#out = out;
  }

  show(world: World, elapsedMs: number): void {
    const { open, ended, acked } = world.load.progress;
    const text =
      `${this.#name} ${Math.floor(elapsedMs / 1_000)} s: ${open} sessions open, ${ended} ended, ` +
      `${acked.toLocaleString('en-US')} chunks acknowledged, ${world.faults.length} faults`;
    if (this.#out.isTTY) {
      this.#out.write(`\r\u001b[K${text}`);
      this.#shown = true;
    } else if (elapsedMs >= this.#nextMs) {
      this.#nextMs += EVERY_MS;
      this.#out.write(`${text}\n`);
    }
  }

  /** Makes room for what is written next. */
  clear(): void {
    if (this.#shown) this.#out.write('\r\u001b[K');
    this.#shown = false;
  }
}
