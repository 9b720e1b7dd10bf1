import { SAMPLE_RATE_HZ } from '../engines/engine.js';
import type { Border, Endpointer, EndpointerOptions, Heard } from './endpointer.js';
import { FRAME_SAMPLES, FrameLevels } from './frame-levels.js';
import { NoiseFloor } from './noise-floor.js';

const FRAME_MS = (FRAME_SAMPLES * 1_000) / SAMPLE_RATE_HZ;

/**
 * Levels above the background at which speech begins, and below which it ends. Low, because missed speech is
 * worse than recognised noise: white noise 10 dB below the speech costs 2 to 3 % of it, at 5 dB 13 %.
 */
const ON_ABOVE_NOISE_DB = 5;
const OFF_ABOVE_NOISE_DB = 3.5;
/** However quiet the background is, speech is not below these. */
const MIN_ON_DB = -60;
const MIN_OFF_DB = -63;

/** Speech begins where this many of the frames of a window are loud: 100 of 200 ms. */
const ONSET_FRAMES = 10;
const ONSET_WINDOW_FRAMES = 20;
/** What is kept before and behind speech. */
const LEAD_FRAMES = 30;
const TRAIL_FRAMES = 25;
/** Without speech, a `silence` border comes after this much; it leaves LEAD_FRAMES for the next stretch. */
const SILENCE_FRAMES = 500;
/** So long everything is judged anew with each frame, because the background is not known well before. */
const LEARNING_FRAMES = 100;
/** A forced cut is made in the quietest 100 ms of the last 2 s. */
const CUT_SEARCH_FRAMES = 200;
const CUT_FRAMES = 10;
/** What the background is taken to be at most when a short stretch is flushed: rather noise heard than speech lost. */
const SHORT_STRETCH_NOISE_DB = -50;

/**
 * Cuts at pauses by loudness alone: 10 ms frames against a background level that is learned afresh in every
 * stretch (`NoiseFloor`), with hysteresis. Digital silence is never speech, and neither is a steady sound for
 * longer than it takes the background level to rise to it.
 */
export class EnergyEndpointer implements Endpointer {
  readonly #maxFrames: number;
  readonly #hangoverFrames: number;
  readonly #levels = new FrameLevels();
  readonly #noise = new NoiseFloor();
  /** First and last frame of the speech heard in this stretch. */
  #onset: number | null = null;
  #lastLoud = 0;
  #samples = 0;
  #border: Border | null = null;

  constructor({ maxSegmentSeconds, endpointingMs }: EndpointerOptions) {
    this.#maxFrames = Math.max(2 * ONSET_WINDOW_FRAMES, Math.floor((maxSegmentSeconds * 1_000) / FRAME_MS));
    this.#hangoverFrames = Math.max(1, Math.round(endpointingMs / FRAME_MS));
  }

  get heard(): Heard | null {
    if (this.#onset === null) return null;
    const start = this.#startFrame(this.#onset) * FRAME_SAMPLES;
    const until = this.#trailEnd();
    return {
      start,
      until: until * FRAME_SAMPLES,
      mayEnd: until === this.#lastLoud + 1 + this.#trailFrames,
    };
  }

  push(pcm: Int16Array): Border | null {
    this.#samples += pcm.length;
    for (let at = 0; at < pcm.length && this.#border === null; ) {
      const before = this.#levels.count;
      at = this.#levels.take(pcm, at);
      if (this.#levels.count > before) this.#border = this.#judgeFrame();
    }
    return this.#border;
  }

  flush(): Border | null {
    if (this.#border !== null) return this.#border;
    if (this.#samples === 0) return null;
    if (this.#levels.count < LEARNING_FRAMES) this.#judge(0, SHORT_STRETCH_NOISE_DB);
    return this.#onset === null
      ? { kind: 'silence', start: 0, end: this.#samples }
      : { kind: 'speech', start: this.#startFrame(this.#onset) * FRAME_SAMPLES, end: this.#samples };
  }

  /** Takes the newest frame into account; returns a border if it is time for one. */
  #judgeFrame(): Border | null {
    const count = this.#levels.count;
    this.#noise.push(this.#levels.smoothDb[count - 1]!);
    if (count <= LEARNING_FRAMES) this.#judge(0);
    else this.#judge(this.#onset === null ? count - ONSET_WINDOW_FRAMES : count - 1);
    if (this.#onset === null) {
      return count < SILENCE_FRAMES ? null : border('silence', 0, SILENCE_FRAMES - LEAD_FRAMES);
    }
    const start = this.#startFrame(this.#onset);
    if (count - (this.#lastLoud + 1) >= this.#hangoverFrames)
      return border('speech', start, this.#trailEnd());
    return count - start < this.#maxFrames ? null : border('speech', start, this.#quietestCut(start));
  }

  /** Looks for speech from frame `from` on, against the background as known now (`maxNoiseDb` at most). */
  #judge(from: number, maxNoiseDb = 0): void {
    const noiseDb = Math.min(maxNoiseDb, this.#noise.levelDb);
    const onDb = Math.max(MIN_ON_DB, noiseDb + ON_ABOVE_NOISE_DB);
    const offDb = Math.max(MIN_OFF_DB, noiseDb + OFF_ABOVE_NOISE_DB);
    const { smoothDb, count } = this.#levels;
    let next = from;
    if (from === 0 || this.#onset === null) {
      this.#onset = findOnset(smoothDb, from, onDb, offDb);
      if (this.#onset === null) return;
      this.#lastLoud = this.#onset;
      next = this.#onset;
    }
    for (let frame = next; frame < count; frame++) if (smoothDb[frame]! > offDb) this.#lastLoud = frame;
  }

  /** Behind the frames that are kept after speech, as far as they have come. */
  #trailEnd(): number {
    return Math.min(this.#levels.count, this.#lastLoud + 1 + this.#trailFrames);
  }

  get #trailFrames(): number {
    return Math.min(TRAIL_FRAMES, this.#hangoverFrames);
  }

  #startFrame(onset: number): number {
    return Math.max(0, onset - LEAD_FRAMES);
  }

  /** Middle of the quietest 100 ms of the last 2 s (of half the segment, where that is shorter), as a frame. */
  #quietestCut(start: number): number {
    const { power, count } = this.#levels;
    const from = Math.max(count - CUT_SEARCH_FRAMES, start + Math.floor((count - start) / 2));
    let quietest = Number.POSITIVE_INFINITY;
    let cut = count;
    for (let frame = from; frame + CUT_FRAMES <= count; frame++) {
      let sum = 0;
      for (let i = 0; i < CUT_FRAMES; i++) sum += power[frame + i]!;
      if (sum <= quietest) {
        quietest = sum;
        cut = frame + CUT_FRAMES / 2;
      }
    }
    return cut;
  }
}

/** First frame of speech at or behind `from`: where enough of a window is loud, back to where it rose. */
function findOnset(smoothDb: readonly number[], from: number, onDb: number, offDb: number): number | null {
  const isLoud = (frame: number): boolean => smoothDb[frame]! > onDb;
  let loud = 0;
  for (let frame = from; frame < smoothDb.length; frame++) {
    if (isLoud(frame)) loud++;
    const left = frame - ONSET_WINDOW_FRAMES;
    if (left >= from && isLoud(left)) loud--;
    if (loud < ONSET_FRAMES) continue;
    let onset = Math.max(from, left + 1);
    while (!isLoud(onset)) onset++;
    while (onset > 0 && smoothDb[onset - 1]! > offDb) onset--;
    return onset;
  }
  return null;
}

function border(kind: Border['kind'], startFrame: number, endFrame: number): Border {
  return { kind, start: startFrame * FRAME_SAMPLES, end: endFrame * FRAME_SAMPLES };
}
