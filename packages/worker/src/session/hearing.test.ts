import { sessionOptions } from '@tributary/shared';
import { readClips } from '@tributary/testkit';
import { expect, it } from 'vitest';
import { bySilero } from '../audio/endpointer-factory.js';
import type { SessionOutput } from './conclusion.js';
import { openSession } from './fixtures/spoken-log.js';

const RATE = 16_000;
const SLICE_MS = 100;
const SLICE_BYTES = (2 * RATE * SLICE_MS) / 1_000;

it('a recogniser is told when the segment may end, and has all of it then, before it is cut', async () => {
  const [clip] = await readClips();
  const speech = Buffer.concat([clip!.wav.pcm, Buffer.alloc(2 * RATE)]);
  const createEndpointer = bySilero();
  const session = openSession(
    {
      options: { ...sessionOptions({ action: 'start' }), mode: 'stream', gapMs: 0 },
      maxSegmentSeconds: 30,
      createEndpointer: () => createEndpointer({ endpointingMs: 500, maxSegmentSeconds: 30 }),
    },
    null,
  );
  const outputs: (SessionOutput & { slice: number })[] = [];
  for (let slice = 0; slice * SLICE_BYTES < speech.length; slice++) {
    const audio = speech.subarray(slice * SLICE_BYTES, (slice + 1) * SLICE_BYTES);
    const entry = { id: `${slice}-0`, epoch: '10.tag', n: slice, chunk: { index: slice, audio } };
    const came = session.entry({ ...entry, reason: 'completed' }, slice * SLICE_MS);
    outputs.push(...came.map((output) => ({ ...output, slice })));
  }
  const end = outputs.find((output) => output.kind === 'segment');
  const heard = outputs.filter((output) => output.kind === 'heard' && output.slice <= (end?.slice ?? -1));
  const last = heard.at(-1);
  expect(last).toMatchObject({ mayEnd: true });
  const samples = heard.reduce((sum, output) => sum + (output.kind === 'heard' ? output.pcm.length : 0), 0);
  expect(samples).toBe(end!.kind === 'segment' ? end!.endSample - end!.startSample : 0);
  // Two slices of 100 ms of the 256 that are silent for sure.
  expect(end!.slice - last!.slice).toBeGreaterThanOrEqual(2);
  expect(heard.filter((output) => output.kind === 'heard' && output.mayEnd).length).toBeLessThan(10);
});
