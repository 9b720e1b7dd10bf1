import { readFileSync } from 'node:fs';

const TAIL_LINES = 15;
const LINE_LENGTH = 400;

/** All that a process has written so far; empty when there is no such file yet. */
export function readLog(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** The last lines of a log, indented, for an error message. */
export function logTail(log: string): string {
  return log
    .trimEnd()
    .split('\n')
    .slice(-TAIL_LINES)
    .filter((line) => line !== '')
    .map((line) => `  | ${line.slice(0, LINE_LENGTH)}`)
    .join('\n');
}
