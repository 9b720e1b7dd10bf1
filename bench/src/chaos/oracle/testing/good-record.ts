import { syntheticText } from '@tributary/worker';
import type { ReceivedEvent, SessionRecord } from '../../load/session-record.js';
import { CHUNK_MS, SAMPLE_RATE_HZ, SAMPLES_PER_CHUNK, SAMPLES_PER_SEGMENT, speech } from '../../speech.js';

/** A session in which nothing went wrong; `borders` are the samples at which the server cut. */
export function goodRecord(id: string, chunks: number, borders = wholeSeconds(chunks)): SessionRecord {
  const seed = 5;
  const segments = borders.slice(1).map((end, position): ReceivedEvent => {
    const start = borders[position] ?? 0;
    return {
      type: 'chunk_result',
      seq: position + 1,
      atMs: (end / SAMPLE_RATE_HZ) * 1_000 + 20,
      text: syntheticText(speech(seed, start, end)),
      start: start / SAMPLE_RATE_HZ,
      end: end / SAMPLE_RATE_HZ,
      segmentIndex: position,
      firstChunkIndex: Math.floor(start / SAMPLES_PER_CHUNK),
      chunkIndex: Math.ceil(end / SAMPLES_PER_CHUNK) - 1,
    };
  });
  const final: ReceivedEvent = {
    type: 'final_result',
    seq: segments.length + 1,
    atMs: chunks * CHUNK_MS + 40,
    text: segments.map(({ text }) => text).join(' '),
    duration: (chunks * SAMPLES_PER_CHUNK) / SAMPLE_RATE_HZ,
    chunkCount: chunks,
    status: 'completed',
  };
  return {
    id,
    seed,
    voice: 'binary',
    sentAtMs: Array.from({ length: chunks }, (_, chunk) => (chunk + 1) * CHUNK_MS),
    finishedAtMs: chunks * CHUNK_MS,
    ackedThrough: chunks - 1,
    events: [...segments, final],
    failure: null,
    counters: null,
  };
}

function wholeSeconds(chunks: number): number[] {
  const total = chunks * SAMPLES_PER_CHUNK;
  const borders: number[] = [];
  for (let sample = 0; sample < total; sample += SAMPLES_PER_SEGMENT) borders.push(sample);
  return [...borders, total];
}
