import { readFile } from 'node:fs/promises';
import { testdataFile } from '../workspace.js';
import { readWav, type Wav } from './wav.js';

/** A bundled recording with what is said in it. */
export interface Clip {
  readonly name: string;
  readonly wav: Wav;
  readonly reference: string;
  /** The words of the reference, and where they are. */
  readonly words: readonly ClipWord[];
}

/** A word of a recording; seconds from its beginning. */
export interface ClipWord {
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

/** The bundled LibriVox recordings. */
export async function readClips(): Promise<Clip[]> {
  const [transcripts, times] = await Promise.all([
    readJson<Record<string, string>>('librivox/transcripts.json'),
    readJson<Record<string, [string, number, number][]>>('librivox/word-times.json'),
  ]);
  return await Promise.all(
    Object.entries(transcripts).map(async ([name, reference]) => ({
      name,
      reference,
      words: (times[name] ?? []).map(([word, start, end]) => ({ word, start, end })),
      wav: await readWav(testdataFile(`librivox/${name}`)),
    })),
  );
}

async function readJson<T>(file: string): Promise<T> {
  return JSON.parse(await readFile(testdataFile(file), 'utf8')) as T;
}
