/** A child of a pool for tests that can never recognise anything, and says why. */
import { serveUtterances } from '../../../../dist/engines/pool/serve-utterances.js';

await serveUtterances(() => {
  throw new Error('no model in this test');
});
