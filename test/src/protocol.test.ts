import type { ServerMessage } from '@tributary/shared';
import { type Cluster, startCluster, TestSocket, wavFile } from '@tributary/testkit';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { besideNeighbour } from './neighbour.js';
import { chunk, noise, slices, textOf, textsOf } from './speech.js';

const CHUNK_BYTES = 3_200;
/** Long enough for a busy machine between two sockets, short enough for deadlines to be looked at in a test. */
const GRACE_MS = 6_000;
const TOKEN = 'a token of my own';

let cluster: Cluster;
const opened: TestSocket[] = [];

beforeAll(async () => {
  cluster = await startCluster({
    gateways: 2,
    env: { ENGINE: 'synthetic', SESSION_GRACE_MS: String(GRACE_MS) },
  });
});
afterAll(async () => await cluster?.stop());
afterEach(() => {
  for (const socket of opened.splice(0)) socket.terminate();
});

async function open(gateway = 0): Promise<TestSocket> {
  const socket = await TestSocket.open(cluster.gateways[gateway]!.socketUrl);
  opened.push(socket);
  return socket;
}

function finish(socket: TestSocket, sessionId: string) {
  socket.sendJson({ action: 'finish', session_id: sessionId });
  return socket.nextOf('final_result', (m) => m.session_id === sessionId);
}

function received(socket: TestSocket, sessionId: string) {
  return socket.all('ack').filter((ack) => ack.status === 'received' && ack.session_id === sessionId);
}

function acknowledged(socket: TestSocket, sessionId: string, index: number) {
  return socket.nextOf(
    'ack',
    (m) => m.status === 'received' && m.session_id === sessionId && m.chunk_index === index,
  );
}

function texts(socket: TestSocket, sessionId: string): string[] {
  return socket
    .all('chunk_result')
    .filter((m) => m.session_id === sessionId)
    .map((m) => m.text);
}

/** What history has of a session. */
async function history(sessionId: string): Promise<unknown> {
  const { records } = (await (await fetch(`${cluster.url}/api/v1/history?limit=500`)).json()) as {
    records: { session_id: string }[];
  };
  return records.find((record) => record.session_id === sessionId);
}

/** The numbers of what a client is owed. */
function seqs(...sockets: TestSocket[]): number[] {
  const events = sockets.flatMap((socket): ServerMessage[] => socket.received);
  return events.flatMap((m) => ('seq' in m && m.seq !== undefined ? [m.seq] : []));
}

const upTo = (last: number, first = 1): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);

it('binary frames are numbered by the server and acknowledged together', async () => {
  const socket = await open();
  const { sessionId } = await socket.start({ gap_ms: 0 });
  const pcm = noise(5, 1);
  const frames = slices(pcm, CHUNK_BYTES);
  for (const one of frames) socket.sendBinary(one);
  const sentAt = performance.now();
  await acknowledged(socket, sessionId, frames.length - 1);
  // 250 ms, and the rest for a busy machine.
  expect(performance.now() - sentAt).toBeLessThan(1_000);
  const acks = received(socket, sessionId).map((ack) => (ack.status === 'received' ? ack.chunk_index : -1));
  expect(acks).toEqual([...new Set(acks)].sort((a, b) => a - b));
  const final = await finish(socket, sessionId);
  expect(final).toMatchObject({ text: textsOf(pcm).join(' '), chunk_count: frames.length, duration: 5 });
  // Ten chunks of 100 ms make up each segment of a second.
  expect(socket.all('chunk_result').map((m) => [m.first_chunk_index, m.chunk_index, m.start, m.end])).toEqual(
    upTo(4, 0).map((n) => [n * 10, n * 10 + 9, n, n + 1]),
  );
  expect(seqs(socket)).toEqual(upTo(6));
});

it('a binary frame is acknowledged when Redis has it, not when something else happens', async () => {
  const socket = await open();
  const { sessionId } = await socket.start({ gap_ms: 0 });
  const frames = slices(noise(4, 2), CHUNK_BYTES);
  let quick = 0;
  for (const [index, one] of frames.entries()) {
    const sentAt = performance.now();
    socket.sendBinary(one);
    await acknowledged(socket, sessionId, index);
    if (performance.now() - sentAt < 50) quick++;
  }
  // By a timer of 100 ms none would be, since each frame is sent right after an acknowledgement. A busy machine delays some.
  expect(quick).toBeGreaterThan(frames.length / 8);
  await finish(socket, sessionId);
});

it('mode segments: one result for each chunk, whatever is in it', async () => {
  const socket = await open();
  const { sessionId } = await socket.start({ mode: 'segments' });
  const pieces = [
    noise(0.5, 3),
    Buffer.alloc(3_200),
    wavFile(noise(2.5, 4)),
    noise(0.1, 5),
    Buffer.alloc(32_000),
  ];
  for (const [index, piece] of pieces.entries()) socket.sendJson(chunk(sessionId, index, piece));
  const final = await finish(socket, sessionId);
  const samples = pieces.map((piece, index) => (index === 2 ? piece.subarray(44) : piece));
  expect(socket.all('chunk_result').map((m) => [m.first_chunk_index, m.chunk_index, m.text])).toEqual(
    samples.map((pcm, index) => [index, index, textOf(pcm)]),
  );
  expect(final).toMatchObject({ chunk_count: 5, duration: 4.2 });
});

it('mode stream: one continuous stream, though each chunk has a header', async () => {
  const socket = await open();
  const { sessionId } = await socket.start({ mode: 'stream' });
  const pcm = noise(3.75, 6);
  for (const [index, piece] of slices(pcm, 11_200).entries()) {
    socket.sendJson(chunk(sessionId, index, wavFile(piece)));
  }
  const final = await finish(socket, sessionId);
  expect(final).toMatchObject({ text: textsOf(pcm).join(' '), duration: 3.75 });
});

it('silence in arrival ends a segment after gap_ms, and not at all when that is 0', async () => {
  const socket = await open();
  const never = await socket.start({ gap_ms: 0 });
  const halves = [noise(0.4, 7), noise(0.3, 8)] as const;
  socket.sendJson(chunk(never.sessionId, 0, halves[0]));
  const usual = await socket.start();
  socket.sendJson(chunk(usual.sessionId, 0, halves[0]));
  const quick = await socket.start({ gap_ms: 50 });
  const startedAt = performance.now();
  socket.sendJson(chunk(quick.sessionId, 0, halves[0]));
  const first = await socket.nextOf('chunk_result', (m) => m.session_id === quick.sessionId);
  // Not before what was said would have been played.
  expect(performance.now() - startedAt).toBeGreaterThan(400);
  expect(first).toMatchObject({ text: textOf(halves[0]), chunk_index: 0, start: 0, end: 0.4 });
  // Usual is 800 ms; by then the one that never cuts would have been cut, if it were.
  await socket.nextOf('chunk_result', (m) => m.session_id === usual.sessionId);
  expect(performance.now() - startedAt).toBeGreaterThan(1_200);
  for (const { sessionId } of [never, usual, quick]) {
    socket.sendJson(chunk(sessionId, 1, halves[1]));
    await finish(socket, sessionId);
  }
  expect(texts(socket, never.sessionId)).toEqual([textOf(Buffer.concat(halves))]);
  expect(texts(socket, usual.sessionId)).toEqual(halves.map(textOf));
  expect(texts(socket, quick.sessionId)).toEqual(halves.map(textOf));
});

it('several sessions on one socket do not mix', async () => {
  const socket = await open();
  const speakers = await Promise.all(
    upTo(5).map(async (n) => {
      const sessionId = `speaker-${n}`;
      await socket.start({ session_id: sessionId, gap_ms: 0 });
      return { sessionId, pcm: noise(1 + n / 4, 100 + n) };
    }),
  );
  for (let index = 0; index < 23; index++) {
    for (const { sessionId, pcm } of speakers) {
      const piece = slices(pcm, CHUNK_BYTES)[index];
      if (piece !== undefined) socket.sendJson(chunk(sessionId, index, piece));
    }
  }
  const finals = await Promise.all(speakers.map(({ sessionId }) => finish(socket, sessionId)));
  expect(finals.map((final) => final.text)).toEqual(speakers.map(({ pcm }) => textsOf(pcm).join(' ')));
});

it('binary frames belong to the session that was started last', async () => {
  const socket = await open();
  const first = await socket.start({ gap_ms: 0 });
  const second = await socket.start({ gap_ms: 0 });
  const [spoken, typed] = [noise(1.5, 9), noise(1.2, 10)];
  const [binary, json] = [slices(spoken, CHUNK_BYTES), slices(typed, CHUNK_BYTES)];
  for (const [index, piece] of binary.entries()) {
    socket.sendBinary(piece);
    const other = json[index];
    if (other !== undefined) socket.sendJson(chunk(first.sessionId, index, other));
  }
  expect(await finish(socket, second.sessionId)).toMatchObject({ text: textsOf(spoken).join(' ') });
  // Its session is over, and the other one never took binary frames.
  socket.sendBinary(binary[0]!);
  expect(await socket.nextOf('error')).toMatchObject({ code: 'no_binary_session' });
  expect(await finish(socket, first.sessionId)).toMatchObject({
    text: textsOf(typed).join(' '),
    chunk_count: json.length,
  });
});

it('a chunk sent again is acknowledged again and changes nothing; gaps in numbering are allowed', async () => {
  const socket = await open();
  const { sessionId } = await socket.start({ gap_ms: 0 });
  const [a, b] = [noise(0.5, 11), noise(0.25, 12)];
  for (const [index, audio] of [
    [3, a],
    [3, b],
    [3, a],
    [1, b],
    [20, b],
    [20, a],
  ] as const) {
    socket.sendJson(chunk(sessionId, index, audio));
  }
  const final = await finish(socket, sessionId);
  expect(received(socket, sessionId).map((ack) => 'chunk_index' in ack && ack.chunk_index)).toEqual([
    3, 3, 3, 1, 20, 20,
  ]);
  expect(final).toMatchObject({ text: textOf(Buffer.concat([a, b])), chunk_count: 2, duration: 0.75 });
});

it.each([
  ['the same gateway', 0],
  ['another gateway', 1],
])('resume on %s: what was missed comes once and in order, and nothing is lost', async (_, gateway) => {
  const pcm = noise(6.3, 20 + gateway);
  const frames = slices(pcm, CHUNK_BYTES);
  const before = await open();
  const { sessionId, resumeToken } = await before.start({ gap_ms: 0 });
  for (const one of frames.slice(0, 35)) before.sendBinary(one);
  // Three segments are final. This client has read the first event only when its network breaks.
  await before.nextOf('chunk_result', (m) => m.segment_index === 2);
  await acknowledged(before, sessionId, 34);
  before.terminate();

  const after = await open(gateway);
  after.sendJson({
    action: 'resume',
    session_id: sessionId,
    resume_token: resumeToken,
    last_seq: 1,
    next_chunk_index: 30,
  });
  const ack = await after.nextOf('ack');
  expect(ack).toMatchObject({ status: 'session_resumed', session_id: sessionId });
  const next = ack.status === 'session_resumed' ? ack.next_chunk_index : -1;
  // Somewhere behind what is used up and no further than what was acknowledged.
  expect(next).toBeGreaterThanOrEqual(30);
  expect(next).toBeLessThanOrEqual(35);
  // It sends again from a place it chose itself: chunks 30 to 34 are doubles.
  for (const one of frames.slice(30)) after.sendBinary(one);
  const final = await finish(after, sessionId);
  const all = textsOf(pcm);
  expect(texts(after, sessionId)).toEqual(all.slice(1));
  expect(seqs(after)).toEqual(upTo(all.length + 1, 2));
  expect(final).toMatchObject({ text: all.join(' '), duration: 6.3, chunk_count: frames.length });
});

it('resume of a session that has ended gives the rest of its events', async () => {
  const first = await open();
  const { sessionId, resumeToken } = await first.start();
  const pcm = noise(2.5, 30);
  first.sendJson(chunk(sessionId, 0, pcm));
  await finish(first, sessionId);
  first.terminate();
  for (const [gateway, lastSeq] of [
    [1, 0],
    [0, 3],
  ] as const) {
    const socket = await open(gateway);
    socket.sendJson({
      action: 'resume',
      session_id: sessionId,
      resume_token: resumeToken,
      last_seq: lastSeq,
    });
    expect(await socket.nextOf('final_result')).toMatchObject({ text: textsOf(pcm).join(' ') });
    expect(seqs(socket)).toEqual(upTo(4, lastSeq + 1));
  }
});

it('resume on the connection that has the session needs the token, too', async () => {
  const socket = await open();
  const { sessionId, resumeToken } = await socket.start({ gap_ms: 0 });
  const resume = { action: 'resume', session_id: sessionId, last_seq: 0 };
  socket.sendJson({ ...resume, resume_token: TOKEN });
  expect(await socket.nextOf('error')).toMatchObject({ code: 'invalid_resume_token' });
  // It is as if the connection had broken.
  socket.sendJson({ ...resume, resume_token: resumeToken });
  expect(await socket.nextOf('ack')).toMatchObject({ status: 'session_resumed', committed_through: -1 });
  const pcm = noise(1.5, 31);
  socket.sendBinary(pcm);
  expect(await finish(socket, sessionId)).toMatchObject({ text: textsOf(pcm).join(' ') });
});

it('resume needs the token, and a session that is there', async () => {
  await besideNeighbour(cluster.socketUrl, async (neighbour) => {
    for (const gateway of [0, 1]) {
      const socket = await open(gateway);
      const resume = { action: 'resume', resume_token: TOKEN, last_seq: 0 };
      socket.sendJson({ ...resume, session_id: neighbour.sessionId });
      expect(await socket.nextOf('error')).toMatchObject({ code: 'invalid_resume_token' });
      socket.sendJson({ ...resume, session_id: 'never-was' });
      expect(await socket.nextOf('error')).toMatchObject({ code: 'unknown_session' });
      expect(socket.received.filter((m) => m.type !== 'error')).toEqual([]);
    }
  });
});

it.each([
  ['the same socket', null],
  ['another socket', 0],
  ['another gateway', 1],
])('start repeated with its own token on %s is answered as the first was', async (_, gateway) => {
  const sessionId = `repeated-${gateway}`;
  const start = { session_id: sessionId, resume_token: TOKEN, gap_ms: 0 };
  const first = await open();
  expect(await first.start(start)).toEqual({ sessionId, resumeToken: TOKEN });
  const pcm = noise(2.6, 40);
  const chunks = slices(pcm, CHUNK_BYTES);
  for (const [index, audio] of chunks.slice(0, 12).entries()) first.sendJson(chunk(sessionId, index, audio));
  await acknowledged(first, sessionId, 11);
  await first.nextOf('chunk_result');
  const second = gateway === null ? first : await open(gateway);
  expect(await second.start(start)).toEqual({ sessionId, resumeToken: TOKEN });
  // It does not know what of it was heard, and says everything again.
  for (const [index, audio] of chunks.entries()) second.sendJson(chunk(sessionId, index, audio));
  const final = await finish(second, sessionId);
  expect(final).toMatchObject({ text: textsOf(pcm).join(' '), duration: 2.6, chunk_count: chunks.length });
  if (second !== first) {
    expect(texts(second, sessionId)).toEqual(textsOf(pcm));
    expect(await first.nextOf('error')).toMatchObject({ code: 'session_superseded', session_id: sessionId });
    first.sendJson(chunk(sessionId, 99, noise(0.1, 1)));
    expect((await first.nextOf('error')).code).toBe('session_closed');
  }
});

it('a session id can be used again after its end, and begins anew', async () => {
  const socket = await open();
  for (const seed of [50, 51]) {
    const { sessionId } = await socket.start({ session_id: 'used-again' });
    const pcm = noise(1.5, seed);
    socket.sendJson(chunk(sessionId, 0, pcm));
    expect(await finish(socket, sessionId)).toMatchObject({
      text: textsOf(pcm).join(' '),
      seq: 3,
      chunk_count: 1,
    });
  }
});

it('DELETE of a live session ends it for its client and leaves nothing of it', async () => {
  await besideNeighbour(cluster.socketUrl, async () => {
    const socket = await open();
    const { sessionId } = await socket.start({ session_id: 'deleted-live', gap_ms: 0 });
    socket.sendJson(chunk(sessionId, 0, noise(2.5, 60)));
    await socket.nextOf('chunk_result', (m) => m.segment_index === 1);
    const address = `${cluster.url}/api/v1/session/${sessionId}`;
    expect((await fetch(address)).status).toBe(200);
    expect((await fetch(address, { method: 'DELETE' })).ok).toBe(true);
    expect((await fetch(address)).status).toBe(404);
    expect(await socket.nextOf('error', () => true, 2 * GRACE_MS)).toMatchObject({
      code: 'session_closed',
      session_id: sessionId,
    });
    socket.sendJson(chunk(sessionId, 1, noise(0.5, 61)));
    expect(await socket.nextOf('error')).toMatchObject({ code: 'session_closed', chunk_index: 1 });
    expect((await fetch(address)).status).toBe(404);
    // Nothing of the old one is in a new one of its name.
    await socket.start({ session_id: sessionId });
    const pcm = noise(0.5, 62);
    socket.sendJson(chunk(sessionId, 0, pcm));
    expect(await finish(socket, sessionId)).toMatchObject({ text: textOf(pcm), seq: 2, duration: 0.5 });
  });
});

it('a client that comes back too late finds its session closed, with what was heard', async () => {
  const before = await open();
  const { sessionId, resumeToken } = await before.start({ gap_ms: 0 });
  const pcm = noise(1.5, 70);
  before.sendJson(chunk(sessionId, 0, pcm));
  await acknowledged(before, sessionId, 0);
  before.terminate();
  const address = `${cluster.url}/api/v1/session/${sessionId}`;
  await expect
    .poll(async () => ((await (await fetch(address)).json()) as { status: string }).status, {
      timeout: 3 * GRACE_MS,
      interval: 100,
    })
    .toBe('abandoned');
  const stored = { session_id: sessionId, status: 'abandoned', text: textsOf(pcm).join(' ') };
  await expect.poll(async () => await history(sessionId), { timeout: GRACE_MS }).toMatchObject(stored);
  const after = await open(1);
  after.sendJson({ action: 'resume', session_id: sessionId, resume_token: resumeToken, last_seq: 0 });
  expect(await after.nextOf('final_result')).toMatchObject({
    text: textsOf(pcm).join(' '),
    status: 'abandoned',
  });
  after.sendJson(chunk(sessionId, 1, pcm));
  expect(await after.nextOf('error')).toMatchObject({ code: 'session_closed' });
});

it.each([
  [{ encoding: 'mulaw', sample_rate: 8_000, channels: 1 }, 1],
  [{ encoding: 'alaw', sample_rate: 8_000, channels: 2 }, 1],
  [{ encoding: 'f32le', sample_rate: 16_000, channels: 1 }, 4],
  [{ encoding: 'f32le', sample_rate: 44_100, channels: 2 }, 4],
  [{ encoding: 's16le', sample_rate: 48_000, channels: 2 }, 2],
  [{ encoding: 's16le', sample_rate: 8_000, channels: 1 }, 2],
])('headerless %o is as long as it is', async (format, sampleBytes) => {
  const socket = await open();
  const seconds = 2.5;
  const audio = Buffer.alloc(Math.round(format.sample_rate * format.channels * sampleBytes * seconds), 0x55);
  const { sessionId } = await socket.start({ format, gap_ms: 0 });
  // Cut where no sample ends.
  for (const piece of slices(audio, 4_999)) socket.sendBinary(piece);
  const final = await finish(socket, sessionId);
  expect(final.duration).toBeCloseTo(seconds, 2);
  expect(socket.all('chunk_result').at(-1)?.end).toBeCloseTo(seconds, 2);
  expect(socket.all('chunk_result')).toHaveLength(3);
});
