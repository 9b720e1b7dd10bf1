import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import { type ChildRecord, endChildren } from './child-record.js';
import { isAlive } from './process-identity.js';

type Line = { started: ChildRecord } | { ended: number; startTime: string };

const SERVICE_GRACE_MS = 2_000;
const STORE_GRACE_MS = 3_000;

/**
 * A file that lists the processes we started: the last net when whoever started them died without cleaning up.
 * Lines are only appended, so that several processes can share one file.
 */
export class ProcessRegistry {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  started(child: ChildRecord): void {
    this.#append({ started: child });
  }

  ended(child: ChildRecord): void {
    this.#append({ ended: child.pid, startTime: child.startTime });
  }

  /** The listed processes that are alive. */
  leftovers(): ChildRecord[] {
    const open = new Map<string, ChildRecord>();
    for (const line of this.#lines()) {
      if ('started' in line) open.set(`${line.started.pid} ${line.started.startTime}`, line.started);
      else open.delete(`${line.ended} ${line.startTime}`);
    }
    return [...open.values()].filter(isAlive);
  }

  /** Ends what is left, services first, empties the file and tells what it had to end. */
  async endLeftovers(): Promise<readonly ChildRecord[]> {
    const left = this.leftovers();
    await endChildren(
      left.filter((child) => child.kind === 'service'),
      SERVICE_GRACE_MS,
    );
    await endChildren(
      left.filter((child) => child.kind === 'store'),
      STORE_GRACE_MS,
    );
    rmSync(this.#path, { force: true });
    return left;
  }

  #append(line: Line): void {
    appendFileSync(this.#path, `${JSON.stringify(line)}\n`, { mode: 0o600 });
  }

  #lines(): Line[] {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
    const lines: Line[] = [];
    for (const line of text.split('\n')) {
      if (line === '') continue;
      try {
        lines.push(JSON.parse(line) as Line);
      } catch {
        // The writer died in the middle of its line; the process it was about is the guard's.
      }
    }
    return lines;
  }
}
