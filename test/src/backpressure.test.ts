import { type ConnectionEvent, TributaryClient } from '@tributary/client';
import {
  type Cluster,
  scrape,
  startCluster,
  sumOf,
  TestSocket,
  WebSocket,
  waitFor,
} from '@tributary/testkit';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { chunk, noise, slices, textsOf } from './speech.js';

/* Overload queues and is refused where it begins; what has begun is finished, and what was acknowledged is kept. */

const CHUNK_BYTES = 3_200;
const FORMAT = { encoding: 's16le', sample_rate: 16_000, channels: 1 } as const;
/** A little more than three seconds of speech. */
const IN_FLIGHT_BYTES = 100_000;
const BACKLOG_BYTES = 65_536;
const BALLAST_BYTES = 64 * 1_048_576;

let cluster: Cluster;
let redis: Redis;
beforeAll(async () => {
  cluster = await startCluster({
    gateways: 2,
    env: {
      ENGINE: 'synthetic',
      MAX_SESSION_IN_FLIGHT_BYTES: String(IN_FLIGHT_BYTES),
      MAX_SOCKET_BACKLOG_BYTES: String(BACKLOG_BYTES),
    },
  });
  redis = new Redis(cluster.redisUrl);
  // Beside it, what connections and streams use for a moment does not move the share that is used.
  await redis.set('ballast', Buffer.alloc(BALLAST_BYTES));
}, 60_000);
afterAll(async () => {
  redis?.disconnect();
  await cluster?.stop();
});
afterEach(async ({ task }) => {
  await redis.config('SET', 'maxmemory', '0');
  if (task.result?.state === 'fail') console.error(cluster.logs());
});

/** How full the gateways believe Redis to be. */
async function limitRedis(share: number): Promise<void> {
  const used = Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
  await redis.config('SET', 'maxmemory', share === 0 ? '0' : String(Math.round(used / share)));
}

/** Starts a session, once the gateway knows that Redis is not full any more. */
async function startOn(
  socket: TestSocket,
  message: Record<string, unknown>,
): ReturnType<TestSocket['start']> {
  return await waitFor(
    async () => {
      try {
        return await socket.start(message);
      } catch (error) {
        if (!String(error).includes('"overloaded"')) throw error;
        return undefined;
      }
    },
    { what: 'the gateway to take sessions', timeoutMs: 20_000, everyMs: 100 },
  );
}

/** A client of the package, and what it told of its connection. */
function client(urls = cluster.gateways.map(({ socketUrl }) => socketUrl)): {
  client: TributaryClient;
  told: ConnectionEvent['type'][];
} {
  const told: ConnectionEvent['type'][] = [];
  const onConnection = ({ type }: ConnectionEvent): void => void told.push(type);
  return { client: new TributaryClient({ urls, WebSocket, backoffMaxMs: 1_000, onConnection }), told };
}

it('above 70 % of Redis’ memory new sessions are refused, and running ones finish', async () => {
  const pcm = noise(2.5, 1);
  const running = await TestSocket.open(cluster.socketUrl);
  const { sessionId } = await running.start({ format: FORMAT, gap_ms: 0 });
  const [first, ...rest] = slices(pcm, 16_000);
  running.sendJson(chunk(sessionId, 0, first!));
  const other = await TestSocket.open(cluster.socketUrl);
  let tries = 0;
  const refusal = await waitFor(
    async () => {
      // What Redis uses has its ups and downs.
      await limitRedis(0.85);
      const id = `refused-${tries++}`;
      other.sendJson({ action: 'start', session_id: 'one too many' });
      other.sendJson({ action: 'start', session_id: id });
      const answer = await other.next((m) => 'session_id' in m && m.session_id === id);
      if (answer.type === 'error') return answer;
      other.sendJson({ action: 'finish', session_id: id });
      await other.nextOf('final_result', (m) => m.session_id === id);
      return undefined;
    },
    { what: 'a refusal', timeoutMs: 30_000 },
  );
  expect(refusal).toMatchObject({ code: 'overloaded', retry_after_ms: expect.any(Number) as number });

  // It waits, as it was told to, by the gateway that knows already.
  const waiting = client([cluster.socketUrl]);
  const begun = waiting.client.start({ mode: 'stream', format: FORMAT, gapMs: 0 });
  await waitFor(() => waiting.told.includes('overloaded'), {
    what: 'the client to be told to wait',
    timeoutMs: 30_000,
  });

  for (const [i, piece] of rest.entries()) running.sendJson(chunk(sessionId, i + 1, piece));
  running.sendJson({ action: 'finish', session_id: sessionId });
  expect((await running.nextOf('final_result')).text).toBe(textsOf(pcm).join(' '));

  await limitRedis(0);
  const session = await begun;
  await session.send(pcm);
  expect((await session.finish()).text).toBe(textsOf(pcm).join(' '));
  waiting.client.close();
  await Promise.all([running.close(), other.close()]);
}, 60_000);

it('a client that is told to slow down loses nothing, and what is in flight is bounded', async () => {
  const pcm = noise(10, 2);
  const { client: speaker, told } = client();
  const session = await speaker.start({ mode: 'stream', format: FORMAT, gapMs: 0 });
  await redis.config('SET', 'maxmemory', '1');
  for (const piece of slices(pcm, CHUNK_BYTES)) await session.send(piece);
  await waitFor(() => told.includes('slowed'), { what: 'the client to be slowed' });
  const inFlight = await Promise.all(
    cluster.gateways.map(async ({ url }) => sumOf(await scrape(url), 'tributary_gateway_in_flight_bytes')),
  );
  expect(Math.max(...inFlight)).toBeGreaterThan(0);
  expect(Math.max(...inFlight)).toBeLessThanOrEqual(IN_FLIGHT_BYTES);
  await limitRedis(0);
  expect((await session.finish()).text).toBe(textsOf(pcm).join(' '));
  speaker.close();
}, 60_000);

it('binary audio that Redis has not taken yet outlives a resume on the same connection', async () => {
  const pcm = noise(4, 4);
  const socket = await TestSocket.open(cluster.socketUrl);
  const resumeToken = 'a token of mine';
  const { sessionId } = await startOn(socket, { format: FORMAT, gap_ms: 0, resume_token: resumeToken });
  await redis.config('SET', 'maxmemory', '1');
  const pieces = slices(pcm, CHUNK_BYTES);
  for (const piece of pieces) socket.sendBinary(piece);
  const { chunk_index: refused = 0 } = await socket.nextOf('error', (m) => m.code === 'slow_down');
  // Redis takes what waits within a tenth of a second, so this comes before.
  await limitRedis(0);
  socket.sendJson({
    ...{ action: 'resume', session_id: sessionId, resume_token: resumeToken, last_seq: 0 },
    next_chunk_index: refused,
  });
  await socket.nextOf('ack', (m) => m.status === 'session_resumed');
  await socket.nextOf('ack', (m) => m.status === 'received' && m.chunk_index === refused - 1);
  for (const piece of pieces.slice(refused)) socket.sendBinary(piece);
  socket.sendJson({ action: 'finish', session_id: sessionId });
  expect(refused).toBeGreaterThan(0);
  expect((await socket.nextOf('final_result')).text).toBe(textsOf(pcm).join(' '));
  await socket.close();
}, 60_000);

it('a client that reads nothing is closed; it resumes, and gets each event once', async () => {
  const pcm = noise(3.5, 3);
  const before = await TestSocket.open(cluster.socketUrl);
  const { sessionId, resumeToken } = await startOn(before, { format: FORMAT, gap_ms: 0 });
  const pieces = slices(pcm, CHUNK_BYTES);
  for (const [i, piece] of pieces.entries()) {
    before.sendJson(chunk(sessionId, i, piece));
    await before.nextOf('ack', (m) => m.status === 'received' && m.chunk_index === i);
  }
  before.socket.pause();
  // Each is answered, also one that came before: until the kernel takes no more, and then the gateway.
  const double = JSON.stringify(chunk(sessionId, 0, pieces[0]!.subarray(0, 2)));
  const { url } = cluster.gateways[0]!;
  await waitFor(
    async () => {
      for (let n = 0; n < 2_000; n++) before.sendText(double);
      const closed = sumOf(await scrape(url), 'tributary_gateway_backpressure_total', {
        kind: 'slow_reader',
      });
      return closed > 0;
    },
    { what: 'the gateway to close the connection', timeoutMs: 20_000, everyMs: 10 },
  );
  before.socket.resume();
  expect((await before.closed).code).toBe(1006);

  const after = await TestSocket.open(cluster.gateways[1]!.socketUrl);
  const lastSeq = before.all('chunk_result').at(-1)?.seq ?? 0;
  after.sendJson({
    ...{ action: 'resume', session_id: sessionId, resume_token: resumeToken, last_seq: lastSeq },
  });
  after.sendJson({ action: 'finish', session_id: sessionId });
  const final = await after.nextOf('final_result');
  expect(final.text).toBe(textsOf(pcm).join(' '));
  const seqs = [...before.all('chunk_result'), ...after.all('chunk_result')].map(({ seq }) => seq);
  expect(seqs).toEqual(Array.from({ length: final.seq - 1 }, (_, i) => i + 1));
  await after.close();
}, 60_000);
