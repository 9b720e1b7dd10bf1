import type { Endpointer, EndpointerOptions } from '../../audio/endpointer.js';
import { DEFAULT_ENDPOINTING_MS, type Engine, SAMPLE_RATE_HZ } from '../engine.js';
import type { Utterance } from '../utterance.js';

/** A segment that came out of a talk. */
export interface TalkSegment {
  text: string;
  samples: number;
  decodeMs: number;
  /** From the cut to the text. */
  waitMs: number;
}

const OPTIONS: EndpointerOptions = { endpointingMs: DEFAULT_ENDPOINTING_MS, maxSegmentSeconds: 30 };

/** A stream of speech on its way through an engine, as a session of a worker sends it: cut, heard from the first sample. */
export class Talk {
  readonly segments: TalkSegment[] = [];
  readonly #engine: Engine;
  readonly #intervalMs: number | null;
  readonly #pending: Promise<void>[] = [];
  #endpointer: Endpointer;
  #utterance: { utterance: Utterance; start: number; fed: number } | null = null;
  #stretch: Int16Array = new Int16Array(0);
  /** Interim texts told. */
  interims = 0;

  constructor(engine: Engine, intervalMs: number | null) {
    this.#engine = engine;
    this.#intervalMs = intervalMs;
    this.#endpointer = engine.createEndpointer(OPTIONS);
  }

  /** The next slice. */
  push(pcm: Int16Array): void {
    for (let rest = pcm; ; ) {
      const border = this.#endpointer.push(rest);
      this.#stretch = joined(this.#stretch, rest);
      this.#feed();
      if (border === null) return;
      if (border.kind === 'speech') this.#finish(border.start, border.end);
      else this.#drop();
      rest = this.#stretch.slice(border.end);
      this.#stretch = new Int16Array(0);
      this.#endpointer = this.#engine.createEndpointer(OPTIONS);
      if (rest.length === 0) return;
    }
  }

  /** The end: resolves when all text is there. */
  async end(): Promise<void> {
    const border = this.#endpointer.flush();
    if (border?.kind === 'speech') this.#finish(border.start, border.end);
    else this.#drop();
    await Promise.all(this.#pending);
  }

  #feed(): void {
    const { heard } = this.#endpointer;
    if (this.#utterance !== null && heard?.start !== this.#utterance.start) this.#drop();
    if (heard === null) return;
    this.#utterance ??= this.#open(heard.start);
    const until = Math.min(heard.until, this.#stretch.length);
    if (until <= this.#utterance.fed) return;
    this.#utterance.utterance.accept(this.#stretch.slice(this.#utterance.fed, until), heard.mayEnd);
    this.#utterance.fed = until;
  }

  #finish(start: number, end: number): void {
    if (this.#utterance?.start !== start) this.#drop();
    const { utterance, fed } = this.#utterance ?? this.#open(start);
    if (end > fed) utterance.accept(this.#stretch.slice(fed, end));
    const began = performance.now();
    const at = this.#pending.length;
    this.#pending.push(
      utterance.finish(end - start).then(({ text, decodeMs }) => {
        this.segments[at] = { text, samples: end - start, decodeMs, waitMs: performance.now() - began };
      }),
    );
    this.#utterance = null;
  }

  #open(start: number) {
    const interim =
      this.#intervalMs === null
        ? null
        : {
            intervalMs: this.#intervalMs,
            changed: () => {
              this.interims += 1;
            },
          };
    const utterance = this.#engine.open({
      language: null,
      words: false,
      hotWords: [],
      interim,
      attempts: 0,
      attempted: () => {},
    });
    return { utterance, start, fed: start };
  }

  #drop(): void {
    this.#utterance?.utterance.cancel();
    this.#utterance = null;
  }
}

/** Seconds of audio. */
export function secondsOf(samples: number): number {
  return samples / SAMPLE_RATE_HZ;
}

function joined(a: Int16Array, b: Int16Array): Int16Array {
  const all = new Int16Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
