/**
 * The runs of Redis that are masters now, by run id. A server that was a master before, and is one again after another was,
 * is news like any other: what it was given while nobody listened to it any more is lost. Pure.
 */
export class MasterRuns {
  #current: ReadonlySet<string> = new Set();

  has(runId: string): boolean {
    return this.#current.has(runId);
  }

  /** A master has answered; true when it was none before. */
  noted(runId: string): boolean {
    if (runId === '' || this.#current.has(runId)) return false;
    this.#current = new Set([...this.#current, runId]);
    return true;
  }

  /** All masters have answered: who is not among them is a master no more. */
  onlyThese(runIds: readonly string[]): void {
    this.#current = new Set(runIds);
  }
}
