import { SAMPLE_RATE_HZ } from '../../engines/engine.js';
import type { Border, Endpointer, EndpointerOptions, Heard } from '../endpointer.js';
import { type SileroModel, SileroState, WINDOW_SAMPLES } from './silero-model.js';

const WINDOW_MS = (WINDOW_SAMPLES * 1_000) / SAMPLE_RATE_HZ;

/** Probabilities at which speech begins, and below which it ends: those of the model's own tools. */
const ON = 0.5;
const OFF = 0.35;
/** Speech begins where so many windows in a row are above ON (64 ms), so that a click is none. */
const ONSET_WINDOWS = 2;
/**
 * Within a pause it has gone on after so many (96 ms): what is behind a word, its echo, a breath, has been seen to be
 * taken for speech for 64 ms, which put the end of a sentence off by a quarter of a second. No word is so short, since
 * the model goes on hearing it for two or three windows. Should it begin so late that it does not prevent the cut, it is
 * heard in the next segment.
 */
const RESUME_WINDOWS = 3;
/** What is kept before and behind speech: 320 and 256 ms. */
const LEAD_WINDOWS = 10;
const TRAIL_WINDOWS = 8;
/**
 * Speech that begins so early in a stretch (640 ms) probably goes on from before a forced cut, and the model, which
 * begins afresh, notices it late: all of the stretch is kept then.
 */
const EARLY_WINDOWS = 20;
/** Without speech, a `silence` border comes after 5 s; it leaves LEAD_WINDOWS for the next stretch. */
const SILENCE_WINDOWS = 156;
/** A forced cut is made in the quietest 96 ms of the last 2 s. */
const CUT_SEARCH_WINDOWS = 62;
const CUT_WINDOWS = 3;
/** Nothing that a person said peaks below this: such windows cost no run of the model, and it begins afresh behind them. */
const SILENCE_PEAK = 8;

/**
 * Cuts at pauses as Silero VAD hears them. Its memory is about 2 KB a session and 4 bytes for each 32 ms of a segment
 * (2.3 KB for 30 s). A sound that the model takes for speech for ever is cut at the greatest length again and again;
 * one that it does not is passed on every 5 s.
 */
export class SileroEndpointer implements Endpointer {
  readonly #model: SileroModel;
  readonly #state = new SileroState();
  readonly #window = new Int16Array(WINDOW_SAMPLES);
  readonly #maxWindows: number;
  readonly #hangoverWindows: number;
  /** Mean power of each window. */
  readonly #power: number[] = [];
  #inWindow = 0;
  #samples = 0;
  #loudInARow = 0;
  /** First window of speech, and the last one so far. */
  #onset: number | null = null;
  #lastSpeech = 0;
  /** The speaker pauses: a window below OFF has come. */
  #pausing = false;
  #border: Border | null = null;

  constructor(model: SileroModel, { endpointingMs, maxSegmentSeconds }: EndpointerOptions) {
    this.#model = model;
    this.#maxWindows = Math.max(2 * LEAD_WINDOWS, Math.floor((maxSegmentSeconds * 1_000) / WINDOW_MS));
    this.#hangoverWindows = Math.max(1, Math.round(endpointingMs / WINDOW_MS));
  }

  get heard(): Heard | null {
    if (this.#onset === null) return null;
    const until = this.#trailEnd;
    return {
      start: this.#start * WINDOW_SAMPLES,
      until: until * WINDOW_SAMPLES,
      mayEnd: until === this.#lastSpeech + 1 + this.#trail,
    };
  }

  push(pcm: Int16Array): Border | null {
    this.#samples += pcm.length;
    for (let at = 0; at < pcm.length && this.#border === null; ) {
      const taken = pcm.subarray(at, at + WINDOW_SAMPLES - this.#inWindow);
      this.#window.set(taken, this.#inWindow);
      at += taken.length;
      this.#inWindow += taken.length;
      if (this.#inWindow < WINDOW_SAMPLES) continue;
      this.#inWindow = 0;
      this.#border = this.#judgeWindow();
    }
    return this.#border;
  }

  flush(): Border | null {
    if (this.#border !== null) return this.#border;
    if (this.#samples === 0) return null;
    // What does not fill a window is judged with silence behind it; and here one window is enough, because a word that
    // is cut off is worse than a click that is recognised.
    if (this.#onset === null && this.#inWindow > 0) {
      this.#window.fill(0, this.#inWindow);
      this.#hear(this.#probability(), 1);
    }
    if (this.#onset === null && this.#loudInARow > 0) this.#onset = this.#power.length - this.#loudInARow;
    return this.#onset === null
      ? { kind: 'silence', start: 0, end: this.#samples }
      : { kind: 'speech', start: this.#start * WINDOW_SAMPLES, end: this.#samples };
  }

  /** Takes a full window into account; returns a border if it is time for one. */
  #judgeWindow(): Border | null {
    this.#power.push(meanPower(this.#window));
    this.#hear(this.#probability(), ONSET_WINDOWS);
    const count = this.#power.length;
    if (this.#onset === null) {
      return count < SILENCE_WINDOWS ? null : border('silence', 0, SILENCE_WINDOWS - LEAD_WINDOWS);
    }
    if (count - (this.#lastSpeech + 1) >= this.#hangoverWindows) {
      return border('speech', this.#start, this.#trailEnd);
    }
    return count - this.#start < this.#maxWindows ? null : border('speech', this.#start, this.#quietestCut);
  }

  #probability(): number {
    if (this.#window.every((sample) => Math.abs(sample) < SILENCE_PEAK)) {
      this.#state.reset();
      return 0;
    }
    return this.#model.judge(this.#state, this.#window);
  }

  /** The newest window is speech with this probability. */
  #hear(probability: number, onsetWindows: number): void {
    const newest = this.#power.length - 1;
    this.#loudInARow = probability >= ON ? this.#loudInARow + 1 : 0;
    if (this.#onset === null) {
      if (this.#loudInARow < onsetWindows) return;
      this.#onset = Math.max(0, newest - this.#loudInARow + 1);
      this.#lastSpeech = newest;
      return;
    }
    if (this.#pausing) this.#pausing = this.#loudInARow < RESUME_WINDOWS;
    else this.#pausing = probability < OFF;
    if (!this.#pausing) this.#lastSpeech = newest;
  }

  /** Window with which the segment begins. */
  get #start(): number {
    const onset = this.#onset ?? 0;
    return onset <= EARLY_WINDOWS ? 0 : onset - LEAD_WINDOWS;
  }

  /** Window behind the one with which it surely ends. */
  get #trailEnd(): number {
    return Math.min(this.#power.length, this.#lastSpeech + 1 + this.#trail);
  }

  get #trail(): number {
    return Math.min(TRAIL_WINDOWS, this.#hangoverWindows);
  }

  /** Middle of the quietest 96 ms of the last 2 s (of half the segment, where that is shorter), as a window. */
  get #quietestCut(): number {
    const count = this.#power.length;
    const from = Math.max(count - CUT_SEARCH_WINDOWS, this.#start + Math.floor((count - this.#start) / 2));
    let quietest = Number.POSITIVE_INFINITY;
    let cut = count;
    for (let window = from; window + CUT_WINDOWS <= count; window++) {
      let sum = 0;
      for (let i = 0; i < CUT_WINDOWS; i++) sum += this.#power[window + i]!;
      if (sum > quietest) continue;
      quietest = sum;
      cut = window + Math.floor(CUT_WINDOWS / 2);
    }
    return cut;
  }
}

function meanPower(window: Int16Array): number {
  let sum = 0;
  for (const sample of window) sum += sample * sample;
  return sum / window.length;
}

function border(kind: Border['kind'], startWindow: number, endWindow: number): Border {
  return { kind, start: startWindow * WINDOW_SAMPLES, end: endWindow * WINDOW_SAMPLES };
}
