import { describe, expect, it } from 'vitest';
import { readClips } from './clips.js';
import { parseWav, WavError, wavFile } from './wav.js';

describe('WAV files', () => {
  it('are read as they were written', () => {
    const wav = parseWav(wavFile(Buffer.from([1, 0, 2, 0]), 8_000));
    expect(wav).toMatchObject({ sampleRate: 8_000, channels: 1, bitsPerSample: 16, seconds: 2 / 8_000 });
    expect([...wav.pcm]).toEqual([1, 0, 2, 0]);
  });

  it('are refused when they are something else', () => {
    expect(() => parseWav(Buffer.from('ID3 and so on'))).toThrow(WavError);
    expect(() => parseWav(wavFile(Buffer.alloc(0)).subarray(0, 36))).toThrow(WavError);
  });
});

describe('the bundled recordings', () => {
  it('are 16 kHz mono speech, each with its words', async () => {
    const clips = await readClips();
    expect(clips).toHaveLength(5);
    for (const { wav, reference } of clips) {
      expect(wav).toMatchObject({ sampleRate: 16_000, channels: 1, bitsPerSample: 16 });
      expect(wav.seconds).toBeGreaterThan(2);
      expect(reference.split(' ').length).toBeGreaterThan(5);
    }
  });
});
