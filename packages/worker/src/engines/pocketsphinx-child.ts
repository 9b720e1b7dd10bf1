import { PocketsphinxDecoder } from './pocketsphinx-decoder.js';
import { useDeepStacks } from './pocketsphinx-library.js';
import { PocketsphinxListener } from './pocketsphinx-listener.js';
import { serveUtterances } from './pool/serve-utterances.js';

useDeepStacks();
await serveUtterances(async () => {
  const decoder = await PocketsphinxDecoder.open();
  return {
    // Asking for the text so far costs next to nothing; decoding what it is made of is done anyway.
    listensAlong: true,
    interimShare: 1,
    open: ({ intervalMs }) => new PocketsphinxListener(decoder, intervalMs !== null),
  };
});
