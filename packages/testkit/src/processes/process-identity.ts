import { readFileSync } from 'node:fs';

/**
 * A process that cannot be mistaken for another: ids are used again, an id together with its start time is not.
 * Where the system does not tell start times they are empty, and the id alone decides.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string;
}

/** Positions in /proc/<pid>/stat, counted behind the program's name, which may hold blanks and brackets. */
const STATE_FIELD = 0;
const START_TIME_FIELD = 19;

function statFields(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    // No such process, or a system without /proc: both mean that nothing is known here.
    return undefined;
  }
}

/** The identity of a process that is alive now. */
export function identify(pid: number): ProcessIdentity {
  return { pid, startTime: statFields(pid)?.[START_TIME_FIELD] ?? '' };
}

/** Whether exactly this process is still running (a zombie is not). */
export function isAlive(identity: ProcessIdentity): boolean {
  const fields = statFields(identity.pid);
  if (fields !== undefined) {
    const sameProcess = identity.startTime === '' || fields[START_TIME_FIELD] === identity.startTime;
    return sameProcess && fields[STATE_FIELD] !== 'Z';
  }
  return process.platform !== 'linux' && sendSignal(identity.pid, 0);
}

/** Sends a signal to a process, or with a negative id to a group; false when there is none or it is not ours. */
export function sendSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ESRCH' || code === 'EPERM') return false;
    throw error;
  }
}
