import { readFile } from 'node:fs/promises';
import { testdataFile } from '../workspace.js';
import { readWav, type Wav } from './wav.js';

/** A bundled recording with what is said in it. */
export interface Clip {
  readonly name: string;
  readonly wav: Wav;
  readonly reference: string;
}

/** The bundled LibriVox recordings. */
export async function readClips(): Promise<Clip[]> {
  const text = await readFile(testdataFile('librivox/transcripts.json'), 'utf8');
  const transcripts = JSON.parse(text) as Record<string, string>;
  return await Promise.all(
    Object.entries(transcripts).map(async ([name, reference]) => ({
      name,
      reference,
      wav: await readWav(testdataFile(`librivox/${name}`)),
    })),
  );
}
