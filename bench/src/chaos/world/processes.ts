import { readdirSync, readFileSync } from 'node:fs';

/** Name of the variable by which a scenario's services are known among all processes of the machine. */
export const MARK = 'CHAOS_RUN';

/** A process that cannot be mistaken for a later one with the same id. */
export interface Seen {
  readonly name: string;
  readonly pid: number;
  readonly startTime: string;
}

/** Position in /proc/<pid>/stat, counted behind the program's name, which may hold blanks and brackets. */
const STATE_FIELD = 0;
const START_TIME_FIELD = 19;

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // It is gone, or not ours, or this system has no /proc.
    return undefined;
  }
}

function stat(pid: number): readonly string[] | undefined {
  const text = read(`/proc/${pid}/stat`);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ');
}

export function see(name: string, pid: number): Seen {
  return { name, pid, startTime: stat(pid)?.[START_TIME_FIELD] ?? '' };
}

export function isAlive({ pid, startTime }: Seen): boolean {
  const fields = stat(pid);
  return fields !== undefined && fields[STATE_FIELD] !== 'Z' && fields[START_TIME_FIELD] === startTime;
}

/** All processes whose environment says that they belong to this run. */
export function marked(mark: string): Seen[] {
  let names: string[];
  try {
    names = readdirSync('/proc');
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    const environment = read(`/proc/${pid}/environ`);
    if (environment === undefined || !environment.split('\0').includes(`${MARK}=${mark}`)) return [];
    const seen = see(read(`/proc/${pid}/cmdline`)?.split('\0').join(' ').trim() ?? name, pid);
    return isAlive(seen) ? [seen] : [];
  });
}

/** Resident memory in bytes; 0 where the system does not tell. */
export function residentBytes(pid: number | undefined): number {
  const status = pid === undefined ? undefined : read(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status ?? '')?.[1] ?? 0) * 1_024;
}
