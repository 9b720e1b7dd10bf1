import { Presets, SingleBar } from 'cli-progress';
import type { Moment } from './measurement.js';

const EVERY_MOMENTS = 10;

/** A progress bar with what matters beside it; a plain line now and then where there is no terminal. */
export class Dashboard {
  readonly #bar: SingleBar | null;
  readonly #out: NodeJS.WriteStream;
  #begun = false;
  #moments = 0;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
    this.#bar = out.isTTY
      ? new SingleBar(
          { format: '{title} {bar} {percentage}% | {text}', stream: out, hideCursor: true, barsize: 20 },
          Presets.shades_classic,
        )
      : null;
  }

  show(moment: Moment, share: number, title: string): void {
    const percent = Math.round(Math.min(1, Math.max(0, share)) * 100);
    const text = describe(moment);
    if (this.#bar === null) {
      if (this.#moments++ % EVERY_MOMENTS === 0)
        this.#out.write(`${title} ${moment.atSeconds.toFixed(0)} s: ${text}\n`);
      return;
    }
    if (!this.#begun) this.#bar.start(100, percent, { title, text });
    else this.#bar.update(percent, { title, text });
    this.#begun = true;
  }

  /** Makes room for what is written next. */
  clear(): void {
    if (this.#begun) this.#bar?.stop();
    this.#begun = false;
  }
}

function describe({ counts, chunksPerSecond, ack, result, complaints }: Moment): string {
  const refused = counts.refusedStarts + counts.refusedUpgrades;
  return [
    `${counts.openSockets} sockets, ${counts.openSessions} sessions, ${counts.sessionsCompleted} done`,
    `${Math.round(chunksPerSecond).toLocaleString('en-US')} chunks/s`,
    `ack p99 ${ack.p99.toFixed(0)} ms, result p99 ${result.p99.toFixed(0)} ms`,
    ...(refused > 0 ? [`${refused} refused`] : []),
    complaints === 0 ? 'nothing wrong' : `${complaints} WRONG`,
  ].join(' | ');
}
