import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Bounds, mayGoOn, warmUpOf } from './bounds.js';
import { addCosts, type Cost, NO_COST } from './cost.js';
import { measure, ownCpuMicros } from './cpu-clock.js';
import { sampleChunk } from './sample-chunk.js';

const ROUND_CHUNKS = 2_000;

interface ChunkMessage {
  audio_data: string;
}

/** What a chunk in JSON costs more than a binary one: JSON.parse and base64. */
export async function measureJson(bounds: Bounds, chunkBytes: number): Promise<Cost> {
  const text = JSON.stringify({
    action: 'chunk',
    session_id: '7f9c2e4e-2a4b-4d0e-9c3e-5b8f1d6a7c20',
    chunk_index: 12_345,
    audio_data: sampleChunk(chunkBytes).toString('base64'),
  });
  const run = async (limit: Bounds): Promise<Cost> => {
    let cost = NO_COST;
    while (mayGoOn(limit, cost.chunks, cost.wallMs)) {
      const wanted = Math.min(ROUND_CHUNKS, limit.chunks - cost.chunks);
      const round = await measure({ parser: ownCpuMicros }, async () => {
        for (let n = 0; n < wanted; n++) {
          const { audio_data: audio } = JSON.parse(text) as ChunkMessage;
          if (Buffer.from(audio, 'base64').length !== chunkBytes) throw new Error('base64 lost bytes');
        }
        return wanted;
      });
      cost = addCosts(cost, round);
      await nextTurn();
    }
    return cost;
  };
  await run(warmUpOf(bounds));
  return await run(bounds);
}
