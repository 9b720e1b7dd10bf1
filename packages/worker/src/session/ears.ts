import { Listening, type ListeningOptions } from './listening.js';

export interface EarsOptions
  extends Pick<ListeningOptions, 'engine' | 'utterance' | 'interimIntervalMs' | 'interimMade'> {
  /** The text so far of the segment that is open on a channel has changed. */
  interim(channel: number): void;
  /** Attempts that an earlier owner has counted at the segment of a channel that begins with this sample. */
  attempts(channel: number, startSample: number): number;
  /** So many attempts at it have failed. */
  attempted(channel: number, startSample: number, attempts: number): void;
}

/** What listens to the channels of a session; where they are mixed, there is one. */
export class Ears {
  readonly #options: EarsOptions;
  readonly #ears: Listening[] = [];

  constructor(options: EarsOptions) {
    this.#options = options;
  }

  /** How many channels were heard so far. */
  get count(): number {
    return this.#ears.length;
  }

  of(channel: number): Listening {
    while (this.#ears.length <= channel) this.#ears.push(this.#make(this.#ears.length));
    return this.#ears[channel] as Listening;
  }

  /** What is open at the recogniser is given up. */
  close(): void {
    for (const ear of this.#ears) ear.cancel();
  }

  #make(channel: number): Listening {
    const { engine, utterance, interimIntervalMs, interim, interimMade, attempts, attempted } = this.#options;
    return new Listening({
      engine,
      utterance,
      interimIntervalMs,
      interim: () => interim(channel),
      interimMade,
      attempts: (startSample) => attempts(channel, startSample),
      attempted: (startSample, count) => attempted(channel, startSample, count),
    });
  }
}
