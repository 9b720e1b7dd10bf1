/** A process did not start, or ended when it should not have. */
export class ProcessError extends Error {
  /** The last lines of its log. */
  readonly logTail: string;
  readonly exitCode: number | null;

  constructor(name: string, reason: string, details: { logTail: string; exitCode: number | null }) {
    super(`${name} ${reason}${details.logTail === '' ? '' : `\n${details.logTail}`}`);
    this.name = 'ProcessError';
    this.logTail = details.logTail;
    this.exitCode = details.exitCode;
  }
}
