/** Since when a process is stopping. */
export class DrainClock {
  #begunAt: number | null = null;

  /** The process begins to stop; only the first call counts. */
  begin(): void {
    this.#begunAt ??= performance.now();
  }

  /** 0 while the process is not stopping. */
  get seconds(): number {
    return this.#begunAt === null ? 0 : (performance.now() - this.#begunAt) / 1_000;
  }
}
