import type { Border, EndpointerOptions } from '../../audio/endpointer.js';
import { Stretch } from '../../session/stretch.js';
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
  #stretch: Stretch;
  #utterance: { utterance: Utterance; start: number; fed: number } | null = null;
  /** Interim texts told. */
  interims = 0;

  constructor(engine: Engine, intervalMs: number | null) {
    this.#engine = engine;
    this.#intervalMs = intervalMs;
    this.#stretch = this.#newStretch();
  }

  /** The next slice. */
  push(pcm: Int16Array): void {
    for (let pieces = [pcm]; pieces.length > 0; ) {
      let border: Border | null = null;
      for (const piece of pieces) border = this.#stretch.push(piece);
      this.#feed();
      if (border === null) return;
      if (border.kind === 'speech') this.#finish(border.start, border.end);
      else this.#drop();
      pieces = [...this.#stretch.views(border.end)];
      this.#stretch = this.#newStretch();
    }
  }

  /** The end: resolves when all text is there. */
  async end(): Promise<void> {
    const border = this.#stretch.flush();
    if (border?.kind === 'speech') this.#finish(border.start, border.end);
    else this.#drop();
    await Promise.all(this.#pending);
  }

  #newStretch(): Stretch {
    return new Stretch(0, this.#engine.createEndpointer(OPTIONS));
  }

  #feed(): void {
    const { heard } = this.#stretch;
    if (this.#utterance !== null && heard?.start !== this.#utterance.start) this.#drop();
    if (heard === null) return;
    this.#utterance ??= this.#open(heard.start);
    this.#give(this.#utterance, heard.until, heard.mayEnd);
  }

  #give(open: { utterance: Utterance; fed: number }, until: number, mayEnd: boolean): void {
    for (const pcm of this.#stretch.views(open.fed, until)) {
      open.utterance.accept(pcm, mayEnd);
      open.fed += pcm.length;
    }
  }

  #finish(start: number, end: number): void {
    if (this.#utterance?.start !== start) this.#drop();
    const open = this.#utterance ?? this.#open(start);
    this.#give(open, end, false);
    const began = performance.now();
    const at = this.#pending.length;
    this.#pending.push(
      open.utterance.finish(end - start).then(({ text, decodeMs }) => {
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
