import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs } from './backoff.js';
import { toBase64 } from './base64.js';
import { EventQueue } from './event-queue.js';
import { parseMessage } from './parse-message.js';
import type { PartialResult } from './wire.js';

describe('toBase64', () => {
  it('writes what Node reads', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20_000, size: 'max' }), (bytes) => {
        expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
      }),
      { numRuns: 50 },
    );
  });
});

describe('backoffMs', () => {
  it('doubles up to its bound, and half of it is random', () => {
    const options = { baseMs: 100, maxMs: 1_000 };
    expect([0, 1, 2, 3, 4, 900].map((n) => backoffMs(options, n, 0))).toEqual([50, 100, 200, 400, 500, 500]);
    expect(backoffMs(options, 1, 0.999)).toBe(200);
  });
});

describe('parseMessage', () => {
  it('never throws, and lets only what has its fields pass', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void parseMessage(text)));
    expect(parseMessage('{"type":"ack","status":"received","session_id":"s","chunk_index":1}')).toBe(null);
    expect(parseMessage('{"type":"toString"}')).toBe(null);
    expect(parseMessage('{"type":"ack","session_id":"s","status":"constructor"}')).toBe(null);
    expect(parseMessage('{"type":"reconnect","within_ms":5,"reason":"drain"}')).not.toBe(null);
  });
});

describe('EventQueue', () => {
  const partial = (text: string): PartialResult => ({
    type: 'partial_result',
    session_id: 's',
    segment_index: 0,
    text,
  });

  it('keeps only the newest interim text, and throws its error once', async () => {
    const queue = new EventQueue();
    queue.push(partial('a'));
    queue.push(partial('ab'));
    queue.end(new Error('over'));
    expect((await queue.next()).value).toEqual(partial('ab'));
    await expect(queue.next()).rejects.toThrow('over');
    expect(await queue.next()).toEqual({ done: true, value: undefined });
  });
});
