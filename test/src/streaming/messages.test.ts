import { type Cluster, startCluster, TestSocket } from '@tributary/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { chunk, noise, RATE_HZ, slices, textOf, textsOf } from '../speech.js';

let cluster: Cluster;
const opened: TestSocket[] = [];

beforeAll(async () => {
  cluster = await startCluster({ env: { ENGINE: 'synthetic', LEASE_MS: '1000' } });
});
afterAll(async () => await cluster?.stop());
afterEach(() => {
  for (const socket of opened.splice(0)) socket.terminate();
});

async function open(): Promise<TestSocket> {
  const socket = await TestSocket.open(cluster.socketUrl);
  opened.push(socket);
  return socket;
}

const BYTES_A_SECOND = 2 * RATE_HZ;
const silent = (seconds: number): Buffer => Buffer.alloc(Math.round(seconds * RATE_HZ) * 2);
const finalized = (socket: TestSocket) => socket.nextOf('chunk_result', (m) => m.finalized === true);

describe('finalize', () => {
  it('ends the segment behind what was sent, and says so in its result', async () => {
    const socket = await open();
    const { sessionId } = await socket.start({ gap_ms: 0 });
    const pcm = noise(0.8, 1);
    for (const [i, one] of slices(pcm, 3_200).entries()) socket.sendJson(chunk(sessionId, i, one));
    socket.sendJson({ action: 'finalize', session_id: sessionId });
    const first = await finalized(socket);
    expect(first).toMatchObject({ seq: 1, text: textOf(pcm), start: 0, end: 0.8, chunk_index: 7 });
    // Nothing has come since: an empty result, so that nobody waits in vain.
    socket.sendJson({ action: 'finalize', session_id: sessionId });
    expect(await finalized(socket)).toMatchObject({ seq: 2, text: '', start: 0.8, end: 0.8 });
    socket.sendJson(chunk(sessionId, 8, noise(0.3, 2)));
    socket.sendJson({ action: 'finish', session_id: sessionId });
    const final = await socket.nextOf('final_result');
    expect(final.text).toBe(`${textOf(pcm)} ${textOf(noise(0.3, 2))}`);
    expect(socket.all('chunk_result').map((m) => [m.segment_index, m.finalized])).toEqual([
      [0, true],
      [1, true],
      [2, undefined],
    ]);
    socket.sendJson({ action: 'finalize', session_id: sessionId, chunk_index: 8 });
    expect(await socket.nextOf('error')).toMatchObject({ code: 'session_closed', chunk_index: 8 });
  });

  it('is answered before any audio has come, and of a session that is only being started', async () => {
    const socket = await open();
    socket.sendJson({ action: 'start', session_id: 'finalized-at-once' });
    socket.sendJson({ action: 'finalize', session_id: 'finalized-at-once' });
    expect(await finalized(socket)).toMatchObject({ text: '', segment_index: 0 });
  });

  it('that comes late, behind a chunk that others have followed, is passed over', async () => {
    const socket = await open();
    const { sessionId } = await socket.start({ gap_ms: 0 });
    const pcm = noise(0.4, 3);
    for (const [i, one] of slices(pcm, 3_200).entries()) socket.sendJson(chunk(sessionId, i, one));
    socket.sendJson({ action: 'finalize', session_id: sessionId, chunk_index: 1 });
    socket.sendJson({ action: 'finish', session_id: sessionId });
    expect((await socket.nextOf('final_result')).text).toBe(textOf(pcm));
    expect(socket.all('chunk_result')).toHaveLength(1);
  });
});

describe('silence', () => {
  it('is heard where it was said, counts as a chunk, and moves the time on', async () => {
    const socket = await open();
    const { sessionId } = await socket.start({ gap_ms: 0 });
    const [before, behind] = [noise(0.5, 4), noise(0.7, 5)];
    socket.sendJson(chunk(sessionId, 0, before));
    const pause = { action: 'silence', session_id: sessionId, chunk_index: 1, ms: 400 };
    socket.sendJson(pause);
    socket.sendJson(pause);
    socket.sendJson(chunk(sessionId, 2, behind));
    socket.sendJson({ action: 'finish', session_id: sessionId });
    const final = await socket.nextOf('final_result');
    const heard = Buffer.concat([before, silent(0.4), behind]);
    expect(final).toMatchObject({ text: textsOf(heard).join(' '), duration: 1.6, chunk_count: 3 });
    const acks = socket.all('ack').flatMap((m) => (m.status === 'received' ? [m.chunk_index] : []));
    expect(acks).toEqual([0, 1, 1, 2]);
  });

  it('that is long enough to end a segment lets only time pass', async () => {
    const socket = await open();
    const { sessionId } = await socket.start({ gap_ms: 0 });
    const [before, behind] = [noise(1, 6), noise(1, 7)];
    // As binary frames are: numbered by the server.
    socket.sendBinary(before);
    for (let i = 0; i < 60; i++) socket.sendJson({ action: 'silence', session_id: sessionId, ms: 60_000 });
    socket.sendBinary(behind);
    socket.sendJson({ action: 'finish', session_id: sessionId });
    const final = await socket.nextOf('final_result');
    expect(final).toMatchObject({
      text: `${textOf(before)} ${textOf(behind)}`,
      duration: 3_602,
      chunk_count: 62,
    });
    expect(socket.all('chunk_result').map((m) => [m.chunk_index, m.start, m.end])).toEqual([
      [0, 0, 1],
      [61, 3_601, 3_602],
    ]);
  });

  it.each([0, 60_001, 1.5])('of %d ms is refused', async (ms) => {
    const socket = await open();
    const { sessionId } = await socket.start();
    socket.sendJson({ action: 'silence', session_id: sessionId, ms });
    expect(await socket.nextOf('error')).toMatchObject({ code: 'invalid_message', session_id: sessionId });
  });
});

it('keepalive is answered, with a session and without', async () => {
  const socket = await open();
  socket.sendJson({ action: 'keepalive' });
  socket.sendJson({ action: 'keepalive', session_id: 'any' });
  await socket.nextOf('ack', (m) => m.status === 'alive');
  await socket.nextOf('ack', (m) => m.status === 'alive');
  expect(socket.all('error')).toEqual([]);
});

it('speech is told of when it begins and ends, to who asked', async () => {
  const socket = await open();
  const asked = await socket.start({ gap_ms: 0, speech_events: true });
  const quiet = await socket.start({ gap_ms: 0 });
  for (const { sessionId } of [asked, quiet]) {
    socket.sendJson(chunk(sessionId, 0, noise(0.5, 8)));
    socket.sendJson({ action: 'finalize', session_id: sessionId });
  }
  const about = { session_id: asked.sessionId };
  expect(await socket.nextOf('speech_started')).toEqual({ type: 'speech_started', start: 0, ...about });
  expect(await socket.nextOf('utterance_end')).toEqual({ type: 'utterance_end', end: 0.5, ...about });
  await finalized(socket);
  await finalized(socket);
  expect(socket.all('speech_started')).toHaveLength(1);
  expect(socket.all('utterance_end')).toHaveLength(1);
});

it('a model that no worker serves is refused with the list of those that there are', async () => {
  const socket = await open();
  socket.sendJson({ action: 'start', session_id: 'other', model: 'large' });
  const error = await socket.nextOf('error');
  expect(error).toMatchObject({ code: 'unknown_model', session_id: 'other' });
  expect(error.message).toContain('synthetic');
  // The id is free still.
  await socket.start({ session_id: 'other', model: 'synthetic', language: 'tlh' });
});

it('a worker that dies in the middle of it all changes nothing', async () => {
  const socket = await open();
  const { sessionId } = await socket.start({ gap_ms: 0 });
  const first = noise(2.6, 9);
  const second = noise(1.7, 10);
  let index = 0;
  const send = (pcm: Buffer): void => {
    for (const one of slices(pcm, 3_200)) socket.sendJson(chunk(sessionId, index++, one));
  };
  send(first);
  socket.sendJson({ action: 'silence', session_id: sessionId, chunk_index: index++, ms: 150 });
  await socket.nextOf('chunk_result', (m) => m.segment_index === 1);
  await cluster.workers[0]!.killHard();
  send(second.subarray(0, BYTES_A_SECOND / 2));
  socket.sendJson({ action: 'finalize', session_id: sessionId });
  await cluster.workers[0]!.start();
  send(second.subarray(BYTES_A_SECOND / 2));
  socket.sendJson({ action: 'finish', session_id: sessionId });
  const final = await socket.nextOf('final_result', () => true, 20_000);
  const untilFinalize = Buffer.concat([first, silent(0.15), second.subarray(0, BYTES_A_SECOND / 2)]);
  const texts = [...textsOf(untilFinalize), ...textsOf(second.subarray(BYTES_A_SECOND / 2))];
  expect(final).toMatchObject({ text: texts.join(' '), duration: 4.45, chunk_count: index });
  expect(socket.all('chunk_result').map((m) => m.finalized === true)).toEqual(
    texts.map((_, i) => i === textsOf(untilFinalize).length - 1),
  );
}, 40_000);
