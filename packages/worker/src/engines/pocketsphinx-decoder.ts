import { promisify } from 'node:util';
import type { Word } from '@tributary/shared';
import { SAMPLE_RATE_HZ } from './engine.js';
import {
  loadPocketsphinx,
  MODEL_FILES,
  type PocketsphinxLibrary,
  type Pointer,
} from './pocketsphinx-library.js';

const FRAMES_PER_SECOND = 100;

/** The library hears words ("dog") in digital silence; nothing that a person said peaks below this. */
const SILENCE_PEAK = 8;

/** Marks that are no words: sentence borders, `<sil>`, `[NOISE]`, `++UM++`. */
const FILLER = /^(<.*>|\[.*\]|\+\+.*\+\+)$/;

/** What the decoder heard. Times in seconds from the first sample. */
export interface Hypothesis {
  text: string;
  /** Mean of the words' posterior probabilities; absent without words. */
  confidence?: number;
  words: Word[];
}

/**
 * One decoder of libpocketsphinx, for one segment at a time. The heavy calls run on a thread of their own, so
 * the process stays responsive. A decoder adapts to what it hears: call `refresh()` between segments, or the
 * same samples may give another text.
 */
export class PocketsphinxDecoder {
  readonly #library: PocketsphinxLibrary;
  readonly #decoder: Pointer;
  #used = false;

  private constructor(library: PocketsphinxLibrary, decoder: Pointer) {
    this.#library = library;
    this.#decoder = decoder;
  }

  /** Loads library and model (about 0.3 s, 120 MB). */
  static async open(): Promise<PocketsphinxDecoder> {
    const library = loadPocketsphinx();
    library.err_set_logfile('/dev/null');
    const words = ['tributary', '-logfn', '/dev/null'];
    words.push('-hmm', MODEL_FILES.acoustic, '-lm', MODEL_FILES.language, '-dict', MODEL_FILES.dictionary);
    // The library would otherwise cut pauses out of the audio and give word times without them.
    words.push('-remove_silence', 'no');
    const settings = library.cmd_ln_parse_r(null, library.ps_args(), words.length, words, 1);
    if (settings === null) throw new Error('pocketsphinx refused its settings');
    const decoder = await promisify(library.ps_init.async)(settings);
    if (decoder === null) throw new Error('pocketsphinx could not load its model');
    return new PocketsphinxDecoder(library, decoder);
  }

  /** Recognises 16 kHz mono samples as one utterance, normalised over its whole length. */
  async decode(pcm: Int16Array): Promise<Hypothesis> {
    if (isSilent(pcm)) return { text: '', words: [] };
    this.begin();
    await this.#process(pcm, true);
    await this.end();
    const words = this.#words(pcm.length / SAMPLE_RATE_HZ);
    const text = words.map(({ word }) => word).join(' ');
    if (words.length === 0) return { text, words };
    const sum = words.reduce((total, { confidence }) => total + (confidence ?? 0), 0);
    return { text, confidence: rounded(sum / words.length), words };
  }

  /** Begins an utterance that comes in slices. */
  begin(): void {
    this.#used = true;
    if (this.#library.ps_start_utt(this.#decoder) < 0) {
      throw new Error('pocketsphinx could not begin the segment');
    }
  }

  /** The next slice. */
  async accept(pcm: Int16Array): Promise<void> {
    await this.#process(pcm, false);
  }

  /** The words so far. Normalised by what came so far only, so the end may bring others. */
  partial(): string {
    return this.#library.ps_get_hyp(this.#decoder, null) ?? '';
  }

  /** Ends the utterance. */
  async end(): Promise<void> {
    const ended = await promisify(this.#library.ps_end_utt.async)(this.#decoder);
    if (ended < 0) throw new Error('pocketsphinx could not decode the segment');
  }

  /** Makes the decoder as good as new (about 0.2 s, when it has heard anything). */
  async refresh(): Promise<void> {
    if (!this.#used) return;
    const failed = await promisify(this.#library.ps_reinit.async)(this.#decoder, null);
    if (failed < 0) throw new Error('pocketsphinx could not load its model again');
    this.#used = false;
  }

  /** Frees the decoder, which must not be used afterwards. */
  close(): void {
    this.#library.ps_free(this.#decoder);
  }

  async #process(pcm: Int16Array, whole: boolean): Promise<void> {
    const { ps_process_raw } = this.#library;
    const frames = await promisify(ps_process_raw.async)(this.#decoder, pcm, pcm.length, 0, whole ? 1 : 0);
    if (frames < 0) throw new Error('pocketsphinx could not decode the segment');
  }

  /** Words of the best hypothesis without fillers, no later than `endSeconds`. */
  #words(endSeconds: number): Word[] {
    const library = this.#library;
    const logmath = library.ps_get_logmath(this.#decoder);
    const words: Word[] = [];
    let at = library.ps_seg_iter(this.#decoder);
    for (; at !== null; at = library.ps_seg_next(at)) {
      const label = library.ps_seg_word(at);
      if (FILLER.test(label)) continue;
      const first: [number] = [0];
      const last: [number] = [0];
      library.ps_seg_frames(at, first, last);
      words.push({
        // The dictionary numbers further pronunciations: `to(3)`.
        word: label.replace(/\(\d+\)$/, ''),
        start: Math.min(first[0] / FRAMES_PER_SECOND, endSeconds),
        end: Math.min((last[0] + 1) / FRAMES_PER_SECOND, endSeconds),
        confidence: rounded(library.logmath_exp(logmath, library.ps_seg_prob(at, null, null, null))),
      });
    }
    return words;
  }
}

/** True when nobody can have said anything. */
export function isSilent(pcm: Int16Array): boolean {
  return !pcm.some((sample) => Math.abs(sample) >= SILENCE_PEAK);
}

/** A probability with four digits; the library's own may exceed 1 by a rounding error. */
function rounded(probability: number): number {
  return Math.round(Math.min(1, Math.max(0, probability)) * 10_000) / 10_000;
}
