import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detect } from './detect.js';
import { wavFile } from './fixtures/wav-file.js';
import { joinBytes } from './join.js';

const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const refused = expect.objectContaining({ code: 'unsupported_audio' });

describe('detect', () => {
  it('knows WAV once its name is complete', () => {
    const file = wavFile(new Uint8Array(20));
    expect(detect(file)).toBe('wav');
    for (let length = 0; length < 12; length++) expect(detect(file.subarray(0, length))).toBe('more');
  });

  it('takes samples for headerless audio from the fourth byte on', () => {
    expect(detect(new Uint8Array([1, 2, 3]))).toBe('more');
    expect(detect(new Uint8Array([1, 2, 3, 4]))).toBe('raw');
    expect(detect(new Uint8Array(320))).toBe('raw');
  });

  it.each([
    ['AVI', 'RIFF\0\0\0\0AVI LIST'],
    ['PNG', '\x89PNG\r\n\x1a\n'],
    ['JPEG', '\xff\xd8\xff\xe0\0\x10JFIF'],
    ['GIF', 'GIF89a..'],
    ['PDF', '%PDF-1.7'],
    ['ZIP', 'PK\x03\x04\x14\0'],
    ['gzip', '\x1f\x8b\x08\0\0\0\0\0'],
    ['ELF', '\x7fELF\x02\x01\x01'],
    ['HTML', '<!DOCTYPE html>'],
    ['more HTML', '<html lang="de">'],
    ['JSON', '{"type":"你好"}'],
    ['text', 'this is no audio'],
    ['base64', 'UklGRiQAAABXQVZFZm10IBAAAAABAAEA'],
  ])('refuses %s', (_, text) => {
    expect(() => detect(latin1(text))).toThrow(refused);
  });

  it.each([
    ['webm', '\x1a\x45\xdf\xa3\x9f\x42\x86\x81'],
    ['ogg', 'OggS\0\x02\0\0'],
    ['flac', 'fLaC\0\0\0\x22'],
    ['mp3', 'ID3\x04\0\0\0\0'],
    ['mp4', '\0\0\0\x1cftypM4A '],
  ])('knows %s', (kind, text) => {
    expect(detect(latin1(text))).toBe(kind);
  });

  describe('frames without a container', () => {
    const mp3Frame = (bytes: number): Uint8Array =>
      Uint8Array.of(0xff, 0xfb, 0x10, 0xc0, ...new Uint8Array(bytes - 4));
    const aacFrame = Uint8Array.of(0xff, 0xf1, 0x50, 0x80, 0x02, 0x1f, 0xfc, ...new Uint8Array(9));

    it('are MP3 when three follow one another', () => {
      const frame = mp3Frame(104);
      const stream = joinBytes([frame, frame, frame]);
      expect(detect(stream.subarray(0, 213))).toBe('more');
      expect(detect(stream)).toBe('mp3');
    });

    it('are samples when they do not', () => {
      expect(detect(joinBytes([mp3Frame(104), mp3Frame(105), mp3Frame(104)]))).toBe('raw');
    });

    it('are AAC when three follow one another', () => {
      expect(detect(aacFrame)).toBe('more');
      expect(detect(joinBytes([aacFrame, aacFrame, aacFrame]))).toBe('adts');
    });
  });

  it('waits while a name may still be complete', () => {
    expect(detect(latin1('<!DO'))).toBe('more');
    expect(detect(latin1('\0\0\0\x20ft'))).toBe('more');
    expect(detect(latin1('{"ty'))).toBe('more');
    expect(detect(latin1('{"\0\0\0\0\0\0'))).toBe('raw');
  });

  it('keeps what it has decided when more bytes come', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 64 }), (bytes) => {
        const outcomes = Array.from({ length: bytes.length + 1 }, (__, n) => outcome(bytes.subarray(0, n)));
        const decided = outcomes.filter((one) => one !== 'more');
        expect(new Set(decided).size).toBeLessThanOrEqual(1);
      }),
    );
  });
});

function outcome(bytes: Uint8Array): string {
  try {
    return detect(bytes);
  } catch {
    return 'refused';
  }
}
