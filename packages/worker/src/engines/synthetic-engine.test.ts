import { describe, expect, test } from 'vitest';
import { recognise } from './fixtures/recognise.js';
import { SyntheticEngine, syntheticText } from './synthetic-engine.js';

const pcm = Int16Array.of(1, -1, 256);
const options = { realTimeFactor: 0, latencyMs: 0, concurrency: 2 };

describe('syntheticText', () => {
  test('is the CRC-32 of the little-endian bytes in eight digits', () => {
    // python3 -c "import zlib; print('%08x' % zlib.crc32(bytes([1,0,255,255,0,1])))"
    expect(syntheticText(pcm)).toBe('6d04708c');
    expect(syntheticText(Int16Array.of(9, ...pcm, 9).subarray(1, 4))).toBe('6d04708c');
  });

  test('keeps leading zeros, and is empty for no samples', () => {
    const texts = Array.from({ length: 300 }, (_, i) => syntheticText(Int16Array.of(i)));
    expect(texts.some((text) => text.startsWith('0'))).toBe(true);
    for (const text of texts) expect(text).toMatch(/^[0-9a-f]{8}$/);
    expect(syntheticText(new Int16Array(0))).toBe('');
  });
});

describe('SyntheticEngine', () => {
  test('answers at once without a wait', async () => {
    const engine = new SyntheticEngine(options);
    expect(await recognise(engine, pcm)).toEqual({ text: syntheticText(pcm), decodeMs: 0 });
  });

  test('waits as long as its settings say, so many at a time', async () => {
    const engine = new SyntheticEngine({ realTimeFactor: 0.1, latencyMs: 20, concurrency: 2 });
    const second = new Int16Array(16_000);
    const began = performance.now();
    const results = Array.from({ length: 3 }, () => recognise(engine, second));
    expect(engine.busy).toBe(2);
    expect((await Promise.all(results)).map(({ decodeMs }) => decodeMs)).toEqual([120, 120, 120]);
    // Two rounds; a timer may fire up to a millisecond early.
    expect(performance.now() - began).toBeGreaterThanOrEqual(238);
  });

  test('cuts after each second', () => {
    const endpointer = new SyntheticEngine(options).createEndpointer();
    expect(endpointer.push(new Int16Array(15_999))).toBeNull();
    expect(endpointer.push(new Int16Array(2))).toEqual({ kind: 'speech', start: 0, end: 16_000 });
  });
});
