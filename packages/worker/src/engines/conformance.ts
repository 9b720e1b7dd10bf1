import assert from 'node:assert/strict';
import { TributaryError } from '@tributary/shared';
import { type Engine, type Recognition, SAMPLE_RATE_HZ, type SegmentAudio } from './engine.js';

/** One thing that every engine does; given a fresh engine, throws when this one does not. */
export interface EngineCheck {
  name: string;
  check(engine: Engine): Promise<void>;
}

/** What every engine must do, whatever it recognises with. */
export const engineChecks: readonly EngineCheck[] = [
  {
    name: 'takes an empty segment as one without text',
    async check(engine) {
      assert.equal((await engine.recognise(segment(new Int16Array(0)))).text, '');
    },
  },
  {
    name: 'takes a single sample',
    async check(engine) {
      sound(await engine.recognise(segment(Int16Array.of(1_000))), 1 / SAMPLE_RATE_HZ);
    },
  },
  {
    name: 'takes silence',
    async check(engine) {
      sound(await engine.recognise(segment(new Int16Array(SAMPLE_RATE_HZ))), 1);
    },
  },
  {
    name: 'gives the same text for the same samples, whatever came between',
    async check(engine) {
      const first = await engine.recognise(segment(hum(200, 2)));
      await engine.recognise(segment(hum(330, 1)));
      const again = await engine.recognise(segment(hum(200, 2)));
      assert.equal(again.text, first.text);
    },
  },
  {
    name: 'recognises a view into a larger buffer as the samples it shows',
    async check(engine) {
      const alone = hum(150, 1);
      const padded = new Int16Array(alone.length + 7).fill(9_000);
      padded.set(alone, 3);
      const view = padded.subarray(3, 3 + alone.length);
      const [a, b] = await Promise.all([engine.recognise(segment(alone)), engine.recognise(segment(view))]);
      assert.equal(a.text, b.text);
    },
  },
  {
    name: 'takes more segments than it decodes at a time, and is idle afterwards',
    async check(engine) {
      assert.ok(engine.concurrency >= 1);
      const many = Array.from({ length: Math.min(engine.concurrency, 8) * 2 + 1 }, (_, i) =>
        engine.recognise(segment(hum(100 + i * 20, 0.2))),
      );
      assert.ok(engine.busy <= engine.concurrency);
      assert.ok(engine.busy + engine.waiting <= many.length);
      for (const one of await Promise.all(many)) sound(one, 0.2);
      assert.deepEqual([engine.busy, engine.waiting, engine.failed], [0, 0, 0]);
    },
  },
  {
    name: 'gives end-pointers that know nothing of each other and return a border for all that was pushed',
    async check(engine) {
      const used = engine.createEndpointer();
      used.push(hum(200, 0.25));
      assert.equal(engine.createEndpointer().flush(), null);
      assert.equal(used.flush()?.end, SAMPLE_RATE_HZ / 4);
    },
  },
  {
    name: 'can be closed twice, and settles what was under way',
    async check(engine) {
      const pending = engine.recognise(segment(hum(200, 5))).catch((error: unknown) => error);
      await Promise.all([engine.close(), engine.close()]);
      await engine.close();
      const outcome = await pending;
      assert.ok(!(outcome instanceof Error) || isTemporary(outcome), 'rejected as a permanent failure');
      assert.deepEqual([engine.busy, engine.waiting, engine.failed], [0, 0, 0]);
    },
  },
  {
    name: 'rejects segments after it was closed, as something that may work elsewhere',
    async check(engine) {
      await engine.close();
      await assert.rejects(engine.recognise(segment(hum(200, 0.1))), isTemporary);
    },
  },
];

function segment(pcm: Int16Array): SegmentAudio {
  return { pcm, language: null, words: true };
}

/** A tone with overtones at speaking loudness, without pause. */
function hum(hz: number, seconds: number): Int16Array {
  return Int16Array.from({ length: Math.round(seconds * SAMPLE_RATE_HZ) }, (_, i) => {
    const phase = (2 * Math.PI * hz * i) / SAMPLE_RATE_HZ;
    return 4_000 * Math.sin(phase) + 2_000 * Math.sin(2 * phase) + 1_000 * Math.sin(5 * phase);
  });
}

/** A recognition of `seconds` of audio has its numbers within their bounds. */
function sound({ text, confidence, words, decodeMs }: Recognition, seconds: number): void {
  assert.equal(text, text.trim());
  assert.ok(decodeMs >= 0);
  const probabilities = [confidence, ...(words ?? []).map((word) => word.confidence)];
  for (const p of probabilities) assert.ok(p === undefined || (p >= 0 && p <= 1));
  for (const { start, end } of words ?? []) assert.ok(start >= 0 && start <= end && end <= seconds);
}

/** Closing an engine must not look as if the audio were at fault: another worker will recognise it. */
function isTemporary(error: unknown): boolean {
  return error instanceof TributaryError && error.temporary;
}
