import { SingleBar } from 'cli-progress';

const BYTES_PER_MEGABYTE = 1_000_000;
/** Without a terminal, a line now and then is enough. */
const LOG_EVERY_MS = 5_000;

/** Shows on a stream what is being done and how far it is: a bar on a terminal, lines elsewhere. */
export class ProgressLine {
  readonly #out: NodeJS.WriteStream;
  #bar: SingleBar | undefined;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  step(what: string): void {
    this.end();
    this.#out.write(`${what}\n`);
  }

  progress(bytes: number, ofBytes: number): void {
    const [value, total] = [bytes, ofBytes].map((n) => Math.round(n / BYTES_PER_MEGABYTE)) as [
      number,
      number,
    ];
    if (this.#bar === undefined) {
      this.#bar = new SingleBar({
        stream: this.#out,
        format: '  {bar} {percentage}%  {value} of {total} MB  {eta_formatted} to go',
        barCompleteChar: '█',
        barIncompleteChar: '░',
        hideCursor: true,
        noTTYOutput: true,
        notTTYSchedule: LOG_EVERY_MS,
      });
      this.#bar.start(total, value);
    } else {
      this.#bar.update(value);
    }
  }

  /** Leaves the terminal as it was. */
  end(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }
}
