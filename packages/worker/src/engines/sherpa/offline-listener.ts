import { joinText } from '@tributary/shared';
import type { OfflineRecognizer } from 'sherpa-onnx-node';
import { type Recognition, SAMPLE_RATE_HZ } from '../engine.js';
import type { Listener } from '../pool/listener.js';
import { SampleBuffer } from '../sample-buffer.js';
import { splitLong } from './split-long.js';
import { toFloats } from './to-floats.js';
import { toRecognition } from './to-recognition.js';
import { meanConfidence } from './words-of-tokens.js';

type Heard = Omit<Recognition, 'decodeMs'>;

export interface OfflineListenerOptions {
  /** One that hears the session's language until it is asked for again. */
  recogniser(): Promise<OfflineRecognizer>;
  /** Of an attempt to recognise: phrases, in sherpa-onnx's notation; undefined for none. */
  hotWords: string | undefined;
  /** Longest piece the model can hear. */
  maxSamples: number;
  format(text: string): string;
}

/** Nothing that a person said peaks below this; some models hear words in digital silence. */
const SILENCE_PEAK = 8;
/** Models have been seen to fail on less than a block of their features; silence is put behind what is shorter. */
const LEAST_SAMPLES = SAMPLE_RATE_HZ / 4;

/**
 * One utterance in a model that hears segments as a whole: the growing segment is decoded again for each interim text.
 * When nothing came since, that is also the segment's own text.
 */
export class OfflineListener implements Listener {
  readonly #options: OfflineListenerOptions;
  readonly #samples = new SampleBuffer();
  #last: { samples: number; heard: Heard } | null = null;

  constructor(options: OfflineListenerOptions) {
    this.#options = options;
  }

  accept(pcm: Int16Array): void {
    this.#samples.push(pcm);
  }

  async interim(): Promise<string> {
    return (await this.finish()).text;
  }

  async finish(): Promise<Heard> {
    const samples = this.#samples.length;
    if (this.#last?.samples !== samples) {
      this.#last = { samples, heard: await this.#recognise(this.#samples.slice(0, samples)) };
    }
    return this.#last.heard;
  }

  /** Nothing to do: streams are freed when they are collected. */
  close(): void {}

  async #recognise(pcm: Int16Array): Promise<Heard> {
    const pieces = splitLong(pcm, this.#options.maxSamples);
    if (pieces.length === 1) return await this.#decode(pcm);
    const heard: Heard[] = [];
    let at = 0;
    for (const piece of pieces) {
      heard.push(shifted(await this.#decode(piece), at / SAMPLE_RATE_HZ));
      at += piece.length;
    }
    const words = heard.every((one) => one.words !== undefined)
      ? heard.flatMap((one) => one.words ?? [])
      : undefined;
    const confidence = meanConfidence(words);
    return {
      text: joinText(heard.map(({ text }) => text)),
      ...(confidence === undefined ? {} : { confidence }),
      ...(words === undefined ? {} : { words }),
    };
  }

  async #decode(pcm: Int16Array): Promise<Heard> {
    if (!pcm.some((sample) => Math.abs(sample) >= SILENCE_PEAK)) return { text: '' };
    const { hotWords, format } = this.#options;
    const recogniser = await this.#options.recogniser();
    const stream = recogniser.createStream(hotWords);
    const samples = new Float32Array(Math.max(LEAST_SAMPLES, pcm.length));
    samples.set(toFloats(pcm));
    stream.acceptWaveform({ samples, sampleRate: SAMPLE_RATE_HZ });
    return toRecognition(await recogniser.decodeAsync(stream), pcm.length, format);
  }
}

function shifted(heard: Heard, seconds: number): Heard {
  if (heard.words === undefined) return heard;
  const words = heard.words.map((word) => ({
    ...word,
    start: word.start + seconds,
    end: word.end + seconds,
  }));
  return { ...heard, words };
}
