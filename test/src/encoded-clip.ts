import { readFileSync } from 'node:fs';
import { testdataFile } from '@tributary/testkit';

/** One of the bundled recordings in the containers that clients send (see testdata/encoded/README.md). */
export const CLIP = 'sense_and_sensibility_01_austen_64kb-0870.wav';

/** The slices of 100 ms that Chromium's `MediaRecorder` gave. */
export function chromiumSlices(): Buffer[] {
  const file = readFileSync(testdataFile('encoded/0870.webm'));
  const lengths = JSON.parse(readFileSync(testdataFile('encoded/0870.webm.slices.json'), 'utf8')) as number[];
  let at = 0;
  return lengths.map((length) => {
    at += length;
    return file.subarray(at - length, at);
  });
}

export function encodedClip(extension: 'ogg' | 'mp3' | 'flac' | 'mp4' | 'm4a' | 'aac'): Buffer {
  return readFileSync(testdataFile(`encoded/0870.${extension}`));
}

/** ITU-T G.711 µ-law of s16le samples. */
export function toMulaw(pcm: Buffer): Buffer {
  const coded = Buffer.alloc(pcm.length >> 1);
  for (let i = 0; i < coded.length; i++) {
    const sample = pcm.readInt16LE(2 * i);
    const magnitude = Math.min(32_635, Math.abs(sample)) + 132;
    const exponent = 24 - Math.clz32(magnitude);
    const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
    coded[i] = ~((sample < 0 ? 0x80 : 0) | (exponent << 4) | mantissa);
  }
  return coded;
}
