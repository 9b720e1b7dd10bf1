import assert from 'node:assert/strict';
import { TributaryError } from '@tributary/shared';
import { type Engine, type Recognition, SAMPLE_RATE_HZ } from './engine.js';
import { plainOptions, recognise } from './fixtures/recognise.js';
import type { UtteranceOptions } from './utterance.js';

/** One thing that every engine does; throws when this one does not. */
export interface EngineCheck {
  name: string;
  /** It is given an engine of its own, and closes it; the others share one, which is idle between them. */
  closes?: true;
  check(engine: Engine): Promise<void>;
}

const cutting = { endpointingMs: 500, maxSegmentSeconds: 30 };

/** What every engine must do, whatever it recognises with. */
export const engineChecks: readonly EngineCheck[] = [
  {
    name: 'takes an empty segment as one without text',
    async check(engine) {
      assert.equal((await heard(engine, new Int16Array(0))).text, '');
    },
  },
  {
    name: 'takes a single sample',
    async check(engine) {
      sound(await heard(engine, Int16Array.of(1_000)), 1 / SAMPLE_RATE_HZ);
    },
  },
  {
    name: 'takes silence',
    async check(engine) {
      sound(await heard(engine, new Int16Array(SAMPLE_RATE_HZ)), 1);
    },
  },
  {
    name: 'gives the same text for the same samples, whatever came between',
    async check(engine) {
      const first = await heard(engine, hum(200, 0.7));
      await heard(engine, hum(330, 0.4));
      const again = await heard(engine, hum(200, 0.7));
      assert.equal(again.text, first.text);
    },
  },
  {
    name: 'recognises a view into a larger buffer as the samples it shows',
    async check(engine) {
      const alone = hum(150, 0.5);
      // Of shared memory, as a worker keeps audio in.
      const memory = new SharedArrayBuffer((alone.length + 7) * Int16Array.BYTES_PER_ELEMENT);
      const padded = new Int16Array(memory).fill(9_000);
      padded.set(alone, 3);
      const view = padded.subarray(3, 3 + alone.length) as Int16Array<ArrayBufferLike> as Int16Array;
      const [a, b] = await Promise.all([heard(engine, alone), heard(engine, view)]);
      assert.equal(a.text, b.text);
    },
  },
  {
    name: 'gives the same text however the samples come, and whatever was accepted behind them',
    async check(engine) {
      const pcm = hum(180, 0.6);
      const whole = await heard(engine, pcm);
      for (const sliceSamples of [320, 1_600, 8_000]) {
        const utterance = engine.open({ ...plainOptions, words: true, interim: readAlong([]) });
        for (let at = 0; at < pcm.length; at += sliceSamples) {
          utterance.accept(pcm.subarray(at, at + sliceSamples));
        }
        utterance.accept(hum(400, 0.2));
        const { text, words } = await utterance.finish(pcm.length);
        assert.deepEqual([text, words], [whole.text, whole.words]);
      }
    },
  },
  {
    name: 'tells each interim text once, and none behind the end',
    async check(engine) {
      const texts: string[] = [];
      const utterance = engine.open({ ...plainOptions, interim: readAlong(texts) });
      utterance.accept(hum(180, 0.6));
      await utterance.finish(0.6 * SAMPLE_RATE_HZ);
      const told = texts.length;
      await heard(engine, hum(220, 0.2));
      assert.equal(texts.length, told);
      for (const [i, text] of texts.entries()) assert.notEqual(text, texts[i - 1]);
    },
  },
  {
    name: 'frees what was cancelled, as often as it is',
    async check(engine) {
      const utterances = Array.from({ length: Math.min(engine.concurrency, 8) * 2 + 1 }, () =>
        engine.open({ ...plainOptions, interim: readAlong([]) }),
      );
      for (const utterance of utterances) utterance.accept(hum(180, 0.2));
      for (const utterance of [...utterances, ...utterances]) utterance.cancel();
      sound(await heard(engine, hum(220, 0.2)), 0.2);
      assert.deepEqual([engine.waiting, engine.failed], [0, 0]);
    },
  },
  {
    name: 'takes more segments than it decodes at a time, and is idle afterwards',
    async check(engine) {
      assert.ok(engine.concurrency >= 1);
      const many = Array.from({ length: Math.min(engine.concurrency, 8) * 2 + 1 }, (_, i) =>
        heard(engine, hum(100 + i * 20, 0.2)),
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
      const used = engine.createEndpointer(cutting);
      used.push(hum(200, 0.25));
      assert.equal(engine.createEndpointer(cutting).flush(), null);
      assert.equal(used.flush()?.end, SAMPLE_RATE_HZ / 4);
    },
  },
  {
    name: 'serves models that it names',
    async check(engine) {
      assert.ok(engine.models.length > 0);
      for (const { name, languages } of engine.models) assert.ok(name !== '' && languages.length > 0);
    },
  },
  {
    name: 'can be closed twice, and settles what was under way',
    closes: true,
    async check(engine) {
      const pending = heard(engine, hum(200, 5)).catch((error: unknown) => error);
      await Promise.all([engine.close(), engine.close()]);
      await engine.close();
      const outcome = await pending;
      assert.ok(!(outcome instanceof Error) || isTemporary(outcome), 'rejected as a permanent failure');
      assert.deepEqual([engine.busy, engine.waiting, engine.failed], [0, 0, 0]);
    },
  },
  {
    name: 'rejects segments after it was closed, as something that may work elsewhere',
    closes: true,
    async check(engine) {
      await engine.close();
      await assert.rejects(heard(engine, hum(200, 0.1)), isTemporary);
    },
  },
];

const heard = (engine: Engine, pcm: Int16Array): Promise<Recognition> =>
  recognise(engine, pcm, { words: true });

function readAlong(texts: string[]): UtteranceOptions['interim'] {
  return { intervalMs: 50, changed: (text) => texts.push(text) };
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
