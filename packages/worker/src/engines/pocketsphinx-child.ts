import { PocketsphinxDecoder } from './pocketsphinx-decoder.js';
import { serveSegments } from './serve-segments.js';

await serveSegments(async () => {
  const decoder = await PocketsphinxDecoder.open();
  return {
    async decode({ pcm, words: wanted }) {
      const { words, ...heard } = await decoder.decode(pcm);
      return wanted ? { ...heard, words } : heard;
    },
    refresh: () => decoder.refresh(),
  };
});
