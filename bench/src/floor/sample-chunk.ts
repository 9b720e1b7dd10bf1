import { keys } from '@tributary/shared';

/** As many streams as a deployment has shards unless set. */
export const STREAMS = 64;

/** A chunk's worth of noise: the same every time, and nothing that could be compressed on its way. */
export function sampleChunk(bytes: number): Buffer {
  const chunk = Buffer.alloc(bytes);
  let state = 0x9e3779b9;
  for (let i = 0; i < bytes; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    chunk[i] = state >>> 24;
  }
  return chunk;
}

/** The streams that the steps write and read. */
export function streamKeys(): string[] {
  return Array.from({ length: STREAMS }, (_, shard) => keys.audio(shard));
}

/** A header as long as those of real chunks. */
export function sampleHeader(n: number): string {
  return `1|A|7f9c2e4e-2a4b-4d0e-9c3e-5b8f1d6a7c20|1700000000000000.aB3dE6|${n}|${n}`;
}
