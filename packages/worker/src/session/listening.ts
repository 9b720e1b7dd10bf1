import { TributaryError } from '@tributary/shared';
import type { Engine, Recognition } from '../engines/engine.js';
import type { InterimTimes, Utterance, UtteranceOptions } from '../engines/utterance.js';

export interface ListeningOptions {
  engine: Engine;
  /** What is the same for all segments of a session. */
  utterance: Pick<UtteranceOptions, 'model' | 'language' | 'words' | 'hotWords'>;
  /** How often interim text is wanted; null for never. */
  interimIntervalMs: number | null;
  /** The text so far of the segment that is open has changed: `takeInterim` gives it. */
  interim(): void;
  /** The recogniser has made interim text, and took so long. */
  interimMade(times: InterimTimes): void;
  /** Attempts that an earlier owner has counted at the segment that begins with this sample. */
  attempts(startSample: number): number;
  /** So many attempts at the segment that begins with this sample have failed. */
  attempted(startSample: number, attempts: number): void;
}

/** The segment of a channel that is open at a recogniser: there is never more than one. */
export class Listening {
  readonly #options: ListeningOptions;
  #utterance: Utterance | null = null;
  /** Text so far of the open segment that was not taken yet. */
  #interim: string | null = null;

  constructor(options: ListeningOptions) {
    this.#options = options;
  }

  /** A segment begins with this sample of the session. */
  open(startSample: number): void {
    const { engine, utterance, interimIntervalMs, interim, interimMade, attempts, attempted } = this.#options;
    this.cancel();
    const changed = (text: string, times: InterimTimes): void => {
      interimMade(times);
      this.#interim = text;
      interim();
    };
    this.#utterance = engine.open({
      interim: interimIntervalMs === null ? null : { intervalMs: interimIntervalMs, changed },
      attempts: attempts(startSample),
      attempted: (count) => attempted(startSample, count),
      ...utterance,
    });
  }

  /** What the text has changed to since it was asked for last, or null. */
  takeInterim(): string | null {
    const text = this.#interim;
    this.#interim = null;
    return text;
  }

  /** @param mayEnd these are the segment's last samples, unless the speaker goes on */
  accept(pcm: Int16Array, mayEnd: boolean): void {
    this.#utterance?.accept(pcm, mayEnd);
  }

  /** The segment is the first `samples` of what was accepted. Never rejects. */
  async finish(samples: number): Promise<Recognition | TributaryError> {
    const utterance = this.#utterance;
    this.#utterance = null;
    this.#interim = null;
    if (samples === 0 || utterance === null) {
      utterance?.cancel();
      return { text: '', decodeMs: 0 };
    }
    try {
      return await utterance.finish(samples);
    } catch (error) {
      if (error instanceof TributaryError) return error;
      return new TributaryError('recognition_failed', undefined, { cause: error });
    }
  }

  /** There was no segment. */
  cancel(): void {
    this.#utterance?.cancel();
    this.#utterance = null;
    this.#interim = null;
  }
}
