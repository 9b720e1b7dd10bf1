/**
 * A child of a pool for tests. The first sample of an utterance says what to do with it:
 * 0 answer how many samples came, and this pid · 1 crash at the first slice · 2 hang at the first slice · 3 say that it
 * failed · n > 3 answer after n ms. Interim text is the number of samples accepted.
 */
import { setTimeout } from 'node:timers/promises';
import { serveUtterances } from '../../../../dist/engines/pool/serve-utterances.js';

await serveUtterances(() => ({
  listensAlong: true,
  interimShare: 1,
  open() {
    let mark;
    let samples = 0;
    return {
      accept(pcm) {
        mark ??= pcm[0];
        samples += pcm.length;
        if (mark === 1) process.abort();
        if (mark === 2) for (;;);
      },
      interim: () => `${samples} so far`,
      async finish() {
        if (mark === 3) throw new Error('it was told to');
        if (mark > 3) await setTimeout(mark);
        return { text: `${samples} by ${process.pid}` };
      },
      close() {},
    };
  },
}));
