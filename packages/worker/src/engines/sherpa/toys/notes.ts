import { SAMPLE_RATE_HZ } from '../../engine.js';

/*
 * A language of tones, for networks that are made in a test: each word is a note, and a pause is a pause. What a
 * network says of it follows from what it hears, and anybody can tell what is right.
 */

/** Bins that sherpa-onnx' features have. */
export const FEATURE_BINS = 80;
/** Features a second. */
export const FEATURES_PER_SECOND = 100;

/** The bin of the features in whose middle each note sounds. Far enough apart that none sounds in another's. */
export const NOTE_BINS = [14, 24, 34, 44, 54, 64] as const;
export const NOTES = NOTE_BINS.length;

/** The features are spread evenly on the mel scale between these. */
const LOWEST_HZ = 20;
const HIGHEST_HZ = 7_600;
const LOUDNESS = 8_000;

const mel = (hz: number): number => 1_127 * Math.log(1 + hz / 700);

function hzOf(bin: number): number {
  const step = (mel(HIGHEST_HZ) - mel(LOWEST_HZ)) / (FEATURE_BINS + 1);
  return 700 * (Math.exp((mel(LOWEST_HZ) + step * (bin + 1)) / 1_127) - 1);
}

/** One note, or with `null` silence, of a length in seconds. */
export type Sound = readonly [note: number | null, seconds: number];

/** Sounds one after the other, 16 kHz mono. */
export function play(sounds: readonly Sound[]): Int16Array {
  return Int16Array.from(sounds.flatMap(([note, seconds]) => samplesOf(note, seconds)));
}

function samplesOf(note: number | null, seconds: number): number[] {
  const length = Math.round(seconds * SAMPLE_RATE_HZ);
  if (note === null) return new Array<number>(length).fill(0);
  const turn = (2 * Math.PI * hzOf(NOTE_BINS[note]!)) / SAMPLE_RATE_HZ;
  return Array.from({ length }, (_, i) => LOUDNESS * Math.sin(turn * i));
}
