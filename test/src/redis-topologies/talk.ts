import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { TributaryClient } from '@tributary/client';
import { WebSocket } from '@tributary/testkit';
import { syntheticText } from '@tributary/worker';

const RATE_HZ = 16_000;
const CHUNK_MS = 100;
const CHUNK_SAMPLES = (RATE_HZ * CHUNK_MS) / 1_000;

export interface TalkOptions {
  urls: readonly string[];
  sessions: number;
  seconds: number;
}

/** What one client said and got. */
export interface Talk {
  /** What the synthetic recogniser makes of what was said, and what came back. */
  expected: string;
  text: string;
  /** `seq` of all events, in the order they came. */
  seqs: number[];
  chunkCount: number;
  /** Longest time without an acknowledgement while it spoke, in ms. */
  longestPauseMs: number;
  /** Longest time without an event, in ms. */
  longestGapMs: number;
}

/** Many clients speak at the pace of real time. Settles when all have their final result. */
export async function talk({ urls, sessions, seconds }: TalkOptions): Promise<Talk[]> {
  return await Promise.all(
    Array.from({ length: sessions }, async (_, n) => {
      await sleep((n * 1_000) / sessions);
      return await oneTalk(urls, seconds);
    }),
  );
}

async function oneTalk(urls: readonly string[], seconds: number): Promise<Talk> {
  const pcm = new Int16Array(randomBytes(2 * Math.round(seconds * RATE_HZ)).buffer.slice(0));
  let ackedAt = performance.now();
  let longestPauseMs = 0;
  let eventAt = performance.now();
  let longestGapMs = 0;
  const client = new TributaryClient({
    urls,
    WebSocket,
    backoffMaxMs: 1_000,
    onAck: () => {
      const now = performance.now();
      longestPauseMs = Math.max(longestPauseMs, now - ackedAt);
      ackedAt = now;
    },
  });
  const session = await client.start({
    mode: 'stream',
    format: { encoding: 's16le', sample_rate: RATE_HZ, channels: 1 },
    // A pause of Redis is no pause of the speaker.
    gapMs: 0,
  });
  ackedAt = performance.now();
  const seqs: number[] = [];
  const reading = (async () => {
    for await (const event of session) {
      if ('seq' in event && event.seq !== undefined) seqs.push(event.seq);
      const now = performance.now();
      longestGapMs = Math.max(longestGapMs, now - eventAt);
      eventAt = now;
    }
  })();
  const startedAt = performance.now();
  for (let at = 0, n = 1; at < pcm.length; at += CHUNK_SAMPLES, n++) {
    const part = pcm.subarray(at, at + CHUNK_SAMPLES);
    await session.send(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
    await sleep(Math.max(0, startedAt + n * CHUNK_MS - performance.now()));
  }
  const final = await session.finish();
  await reading;
  client.close();
  const expected: string[] = [];
  for (let at = 0; at < pcm.length; at += RATE_HZ)
    expected.push(syntheticText(pcm.subarray(at, at + RATE_HZ)));
  return {
    expected: expected.join(' '),
    text: final.text,
    seqs,
    chunkCount: final.chunk_count,
    longestPauseMs,
    longestGapMs,
  };
}
