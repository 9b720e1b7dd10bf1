import { readFileSync } from 'node:fs';

/** Positions in /proc/<pid>/stat, counted behind the program's name, which may hold blanks and brackets. */
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;
const CHILDREN_USER_TICKS = 13;
const CHILDREN_SYSTEM_TICKS = 14;
/** Linux tells user space hundredths of a second on every machine that Node runs on. */
const TICKS_PER_SECOND = 100;

/** What a process, or a family of processes, has used so far. */
export interface Usage {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // It is gone, or this system has no /proc.
    return '';
  }
}

/** CPU seconds of a process with all its threads, and of its children that have ended and been waited for. */
export function parseCpuSeconds(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = [USER_TICKS, SYSTEM_TICKS, CHILDREN_USER_TICKS, CHILDREN_SYSTEM_TICKS].reduce(
    (sum, field) => sum + Number(fields[field] ?? 0),
    0,
  );
  return ticks / TICKS_PER_SECOND;
}

/** Resident memory of a process by its status, in bytes; `own` leaves out what it shares with others. */
export function parseResidentBytes(status: string, own = false): number {
  const kilobytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0);
  return (own ? kilobytes('RssAnon') : kilobytes('VmRSS')) * 1_024;
}

/** Of a process and, with `family`, its living children (shared memory is counted once). Zeros when it is gone. */
export function usage(pid: number, family = false): Usage {
  const children = family
    ? read(`/proc/${pid}/task/${pid}/children`)
        .split(' ')
        .filter((text) => text !== '')
        .map(Number)
    : [];
  const sum = {
    cpuSeconds: parseCpuSeconds(read(`/proc/${pid}/stat`)),
    residentBytes: parseResidentBytes(read(`/proc/${pid}/status`)),
  };
  for (const child of children) {
    sum.cpuSeconds += parseCpuSeconds(read(`/proc/${child}/stat`));
    sum.residentBytes += parseResidentBytes(read(`/proc/${child}/status`), true);
  }
  return sum;
}
