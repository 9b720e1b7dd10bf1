import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { TributaryClient } from '@tributary/client';
import { WebSocket } from '@tributary/testkit';
import { syntheticText } from '@tributary/worker';

const RATE_HZ = 16_000;
const CHUNK_MS = 100;
const CHUNK_BYTES = (2 * RATE_HZ * CHUNK_MS) / 1_000;

/** What one client said and got. */
export interface Spoken {
  sessionId: string;
  /** What the synthetic recogniser makes of what was said, and what came back. */
  expected: string;
  text: string;
  /** `seq` of all its events, in the order they came. */
  seqs: number[];
  /** Events that the server sent twice; the client passes each on once. */
  repeated: number;
}

/** One client speaks at the pace of real time. Settles with its final result. */
export async function speak(urls: readonly string[], seconds: number): Promise<Spoken> {
  const bytes = randomBytes(2 * seconds * RATE_HZ);
  let repeated = 0;
  const client = new TributaryClient({
    urls,
    WebSocket,
    backoffMaxMs: 1_000,
    onConnection: ({ type }) => {
      if (type === 'repeated') repeated++;
    },
  });
  const session = await client.start({
    mode: 'stream',
    format: { encoding: 's16le', sample_rate: RATE_HZ, channels: 1 },
    // A pause of Redis is no pause of the speaker.
    gapMs: 0,
  });
  const seqs: number[] = [];
  const reading = (async () => {
    for await (const event of session) if ('seq' in event && event.seq !== undefined) seqs.push(event.seq);
  })();
  const startedAt = performance.now();
  for (let at = 0, n = 1; at < bytes.length; at += CHUNK_BYTES, n++) {
    await session.send(bytes.subarray(at, at + CHUNK_BYTES));
    await sleep(Math.max(0, startedAt + n * CHUNK_MS - performance.now()));
  }
  const { text } = await session.finish();
  await reading;
  client.close();
  return { sessionId: session.id, expected: expectedText(bytes), text, seqs, repeated };
}

function expectedText(bytes: Buffer): string {
  const pcm = new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const texts: string[] = [];
  for (let at = 0; at < pcm.length; at += RATE_HZ) texts.push(syntheticText(pcm.subarray(at, at + RATE_HZ)));
  return texts.join(' ');
}
