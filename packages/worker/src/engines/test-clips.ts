import { readFileSync } from 'node:fs';

/** A recording with what is said in it. */
export interface TestClip {
  name: string;
  transcript: string;
  /** 16 kHz mono. */
  pcm: Int16Array;
}

const FOLDER = '/usr/share/pocketsphinx/test/data/librivox';
const WAV_HEADER_BYTES = 44;

/** The public-domain LibriVox recordings of Debian's `pocketsphinx-testdata`. */
export function testClips(): TestClip[] {
  const lines = readFileSync(`${FOLDER}/transcription`, 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [, transcript, name] = /^<s> (.+) <\/s> \((.+)\)$/.exec(line) ?? [];
    if (transcript === undefined || name === undefined) throw new Error(`no transcript: ${line}`);
    const bytes = Uint8Array.from(readFileSync(`${FOLDER}/${name}.wav`)).buffer;
    return { name, transcript, pcm: new Int16Array(bytes, WAV_HEADER_BYTES) };
  });
}

/** Words that must be changed, added or left out to turn `heard` into `said`, by dynamic programming. */
export function wordErrors(said: string, heard: string): number {
  const heardWords = heard.split(' ').filter((word) => word !== '');
  let row = [0, ...heardWords.map((_, i) => i + 1)];
  for (const [i, word] of said.split(' ').entries()) {
    const next = [i + 1];
    for (const [j, other] of heardWords.entries()) {
      next.push(Math.min(row[j]! + (word === other ? 0 : 1), row[j + 1]! + 1, next[j]! + 1));
    }
    row = next;
  }
  return row.at(-1)!;
}
