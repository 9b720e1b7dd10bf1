import type { ErrorCode } from '@tributary/shared';
import { type Cluster, startCluster, TestSocket, wavFile } from '@tributary/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { besideNeighbour, type Neighbour } from './neighbour.js';
import { frame, RawClient } from './raw-client.js';
import { chunk, noise, textOf, textsOf } from './speech.js';

const MAX_CHUNK_BYTES = 65_536;
const MAX_SESSIONS = 16;

interface Told {
  code: ErrorCode;
  session_id?: string;
  chunk_index?: number;
}

/** What the client is told next, which must be this error, in words too. */
async function expectTold(socket: TestSocket, told: Told): Promise<void> {
  const error = await socket.nextOf('error');
  expect(error).toMatchObject({ ...told, message: expect.stringMatching(/\w+ \w+/) });
}

/** A session takes audio and comes to its end, after whatever was sent on its socket before. */
async function expectWorks(socket: TestSocket, sessionId: string, firstIndex = 0): Promise<void> {
  const pcm = noise(1.5, firstIndex + 7);
  socket.sendJson(chunk(sessionId, firstIndex, pcm));
  socket.sendJson({ action: 'finish', session_id: sessionId });
  const final = await socket.nextOf('final_result', (m) => m.session_id === sessionId);
  expect(final.text).toBe(textsOf(pcm).join(' '));
}

type Case = (socket: TestSocket, neighbour: Neighbour) => Promise<void>;

const CASES: Record<string, Case> = {
  'what is not JSON': async (socket) => {
    for (const text of ['', 'hello', '{"action":"start"', '\u0000', '[1,']) {
      socket.sendText(text);
      await expectTold(socket, { code: 'invalid_json' });
    }
    for (const text of ['null', '[]', '7', '"start"']) {
      socket.sendText(text);
      await expectTold(socket, { code: 'invalid_message' });
    }
    const { sessionId } = await socket.start();
    await expectWorks(socket, sessionId);
  },

  'fields of wrong types': async (socket) => {
    const { sessionId } = await socket.start({ session_id: 'types' });
    const audio = { action: 'chunk', session_id: sessionId, audio_data: 'AAAA' };
    const wrong: Record<string, unknown>[] = [
      { ...audio },
      { ...audio, chunk_index: '0' },
      { ...audio, chunk_index: -1 },
      { ...audio, chunk_index: 0.5 },
      { ...audio, chunk_index: 1e300 },
      { ...audio, chunk_index: 0, audio_data: 7 },
      { ...audio, chunk_index: 0, audio_data: null },
      { ...audio, chunk_index: 0, audio_data: ['AAAA'] },
      { action: 'chunk', chunk_index: 0, audio_data: 'AAAA' },
      { action: 'finish' },
      { action: 'resume', session_id: sessionId },
      { action: 'start', user_id: 7 },
      { action: 'start', user_id: 'u'.repeat(300) },
      { action: 'start', mode: 'other' },
      { action: 'start', gap_ms: -1 },
      { action: 'start', words: 'yes' },
      { action: 'start', language: '../../etc' },
      { action: 'start', resume_token: 'short' },
      { action: 'start', format: { encoding: 's16le', sample_rate: 0, channels: 1 } },
      { action: 'start', format: { encoding: 's16le', sample_rate: 16_000, channels: 0 } },
      { action: 'start', format: { encoding: 'tape', sample_rate: 16_000, channels: 1 } },
    ];
    for (const message of wrong) {
      socket.sendJson(message);
      await expectTold(socket, { code: 'invalid_message' });
    }
    await expectWorks(socket, sessionId);
  },

  'unknown actions': async (socket) => {
    for (const action of ['stop', '', 7, null, undefined, {}, '__proto__', 'constructor']) {
      socket.sendJson({ action, session_id: 'some' });
      await expectTold(socket, { code: 'unknown_action' });
    }
  },

  'unknown session ids, and a chunk before the start': async (socket) => {
    socket.sendJson(chunk('nobody', 3, noise(0.1, 1)));
    await expectTold(socket, { code: 'unknown_session', session_id: 'nobody', chunk_index: 3 });
    socket.sendJson({ action: 'finish', session_id: 'nobody' });
    await expectTold(socket, { code: 'unknown_session', session_id: 'nobody' });
    socket.sendJson({
      action: 'resume',
      session_id: 'nobody',
      resume_token: 'a token of mine',
      last_seq: 0,
    });
    await expectTold(socket, { code: 'unknown_session', session_id: 'nobody' });
    socket.sendBinary(noise(0.1, 1));
    await expectTold(socket, { code: 'no_binary_session' });
    // The id is as good as any other for whoever starts it.
    const { sessionId } = await socket.start({ session_id: 'nobody' });
    await expectWorks(socket, sessionId);
  },

  "another client's session id": async (socket, { sessionId }) => {
    const mine = await socket.start({ session_id: 'mine' });
    socket.sendJson(chunk(sessionId, 0, noise(0.1, 1)));
    await expectTold(socket, { code: 'unknown_session', session_id: sessionId, chunk_index: 0 });
    socket.sendJson({ action: 'finish', session_id: sessionId });
    await expectTold(socket, { code: 'unknown_session', session_id: sessionId });
    socket.sendJson({ action: 'start', session_id: sessionId });
    await expectTold(socket, { code: 'session_exists', session_id: sessionId });
    socket.sendJson({ action: 'start', session_id: sessionId, resume_token: 'a token of mine' });
    await expectTold(socket, { code: 'session_exists', session_id: sessionId });
    socket.sendJson({
      action: 'resume',
      session_id: sessionId,
      resume_token: 'a token of mine',
      last_seq: 0,
    });
    await expectTold(socket, { code: 'invalid_resume_token', session_id: sessionId });
    socket.sendJson(chunk(sessionId, 0, noise(0.1, 1)));
    await expectTold(socket, { code: 'unknown_session', session_id: sessionId, chunk_index: 0 });
    await expectWorks(socket, mine.sessionId);
    expect(
      socket.received.filter((m) => m.type !== 'error' && 'session_id' in m && m.session_id === sessionId),
    ).toEqual([]);
  },

  'session ids that are none': async (socket) => {
    const ids: unknown[] = [
      '{t:1}',
      'a*',
      'a\nb',
      'x'.repeat(10_240),
      'x'.repeat(65),
      '',
      'ä',
      '../a',
      7,
      {},
      null,
    ];
    for (const id of ids) {
      for (const message of [
        { action: 'start', session_id: id },
        { action: 'chunk', session_id: id, chunk_index: 0, audio_data: 'AAAA' },
        { action: 'finish', session_id: id },
        { action: 'resume', session_id: id, resume_token: 'a token of mine', last_seq: 0 },
      ]) {
        socket.sendJson(message);
        await expectTold(socket, { code: 'invalid_session_id' });
      }
    }
    // The error does not throw what was sent back at the client.
    expect(Math.max(...socket.received.map((m) => JSON.stringify(m).length))).toBeLessThan(500);
    const { sessionId } = await socket.start({ session_id: 'A-z_0.9:x'.padEnd(64, 'x') });
    await expectWorks(socket, sessionId);
  },

  'a second start': async (socket) => {
    const { sessionId } = await socket.start({ session_id: 'twice' });
    const first = noise(0.5, 5);
    socket.sendJson(chunk(sessionId, 0, first));
    socket.sendJson({ action: 'start', session_id: sessionId });
    await expectTold(socket, { code: 'session_exists', session_id: sessionId });
    const second = noise(0.25, 6);
    socket.sendJson(chunk(sessionId, 1, second));
    socket.sendJson({ action: 'finish', session_id: sessionId });
    socket.sendJson({ action: 'start', session_id: sessionId });
    await expectTold(socket, { code: 'session_exists', session_id: sessionId });
    const final = await socket.nextOf('final_result');
    expect(final).toMatchObject({ text: textOf(Buffer.concat([first, second])), chunk_count: 2 });
  },

  'more sessions on one socket than it may carry': async (socket) => {
    const started: string[] = [];
    for (let n = 0; n < MAX_SESSIONS; n++) started.push((await socket.start()).sessionId);
    socket.sendJson({ action: 'start', session_id: 'seventeenth' });
    await expectTold(socket, { code: 'too_many_sessions', session_id: 'seventeenth' });
    socket.sendJson(chunk('seventeenth', 0, noise(0.1, 1)));
    await expectTold(socket, { code: 'unknown_session', session_id: 'seventeenth' });
    for (const [index, sessionId] of started.entries()) await expectWorks(socket, sessionId, index);
    const { sessionId } = await socket.start({ session_id: 'seventeenth' });
    await expectWorks(socket, sessionId);
  },

  'bad base64, empty chunks': async (socket) => {
    const { sessionId } = await socket.start({ session_id: 'base64' });
    for (const audio of ['not base64!', 'AAAA*', 'A', 'AAAAA', '====', '\u{1f600}']) {
      socket.sendJson({ action: 'chunk', session_id: sessionId, chunk_index: 4, audio_data: audio });
      await expectTold(socket, { code: 'invalid_audio_data', session_id: sessionId, chunk_index: 4 });
    }
    socket.sendJson({ action: 'chunk', session_id: sessionId, chunk_index: 5, audio_data: '' });
    await expectTold(socket, { code: 'empty_chunk', session_id: sessionId, chunk_index: 5 });
    socket.sendBinary(Buffer.alloc(0));
    await expectTold(socket, { code: 'empty_chunk', session_id: sessionId, chunk_index: 0 });
    await expectWorks(socket, sessionId, 6);
  },

  'chunks that are too large': async (socket) => {
    const { sessionId } = await socket.start({ session_id: 'large' });
    const largest = noise(MAX_CHUNK_BYTES / 32_000, 8);
    const tooLarge = Buffer.alloc(MAX_CHUNK_BYTES + 1);
    socket.sendJson(chunk(sessionId, 0, tooLarge));
    await expectTold(socket, { code: 'chunk_too_large', session_id: sessionId, chunk_index: 0 });
    // Its number in the count of binary frames is used up.
    socket.sendBinary(tooLarge);
    await expectTold(socket, { code: 'chunk_too_large', session_id: sessionId, chunk_index: 0 });
    socket.sendBinary(largest);
    socket.sendJson({ action: 'finish', session_id: sessionId });
    expect(await socket.nextOf('final_result')).toMatchObject({
      text: textsOf(largest).join(' '),
      chunk_count: 1,
    });
  },

  'audio that is no audio': async (socket) => {
    const bodies = [
      Buffer.from('{"this":"is JSON, not audio"}'),
      Buffer.from('<!DOCTYPE html><html><body>404 Not Found</body></html>'),
      Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), noise(0.1, 3)]),
      Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), noise(0.1, 3)]),
      Buffer.from('Dear sir or madam, this is a letter.'),
      Buffer.concat([Buffer.from('RIFF\x10\x00\x00\x00AVI LIST', 'latin1'), noise(0.1, 3)]),
    ];
    for (const mode of ['auto', 'segments', 'stream']) {
      for (const body of bodies) {
        const { sessionId } = await socket.start({ mode });
        socket.sendJson(chunk(sessionId, 0, body));
        const error = await socket.nextOf('error');
        expect(error).toMatchObject({
          code: 'unsupported_audio',
          session_id: sessionId,
          chunk_index: 0,
          seq: 1,
        });
        // It can be finished like any other.
        socket.sendJson({ action: 'finish', session_id: sessionId });
        expect(await socket.nextOf('final_result')).toMatchObject({
          session_id: sessionId,
          text: '',
          seq: 2,
        });
      }
    }
  },

  'WAV headers that are wrong beyond use': async (socket) => {
    const patches: Record<string, (wav: Buffer) => void> = {
      'zero channels': (wav) => wav.writeUInt16LE(0, 22),
      'many channels': (wav) => wav.writeUInt16LE(60_000, 22),
      'rate of zero': (wav) => wav.writeUInt32LE(0, 24),
      'absurd rate': (wav) => wav.writeUInt32LE(4_000_000_000, 24),
      'no bits': (wav) => wav.writeUInt16LE(0, 34),
      'odd bits': (wav) => wav.writeUInt16LE(13, 34),
      'frames of no bytes': (wav) => wav.writeUInt16LE(0, 32),
      'unknown kind': (wav) => wav.writeUInt16LE(0x4242, 20),
      'a format cut short': (wav) => wav.writeUInt32LE(2, 16),
      'a format without end': (wav) => wav.writeUInt32LE(0xffff_fff0, 16),
    };
    for (const [name, patch] of Object.entries(patches)) {
      const wav = wavFile(noise(0.5, 4));
      patch(wav);
      const { sessionId } = await socket.start();
      socket.sendJson(chunk(sessionId, 0, wav));
      const code = name === 'many channels' ? 'too_many_channels' : 'unsupported_audio';
      await expectTold(socket, { code, session_id: sessionId, chunk_index: 0 });
      socket.sendJson({ action: 'finish', session_id: sessionId });
      expect(await socket.nextOf('final_result')).toMatchObject({ text: '' });
    }
  },

  'WAV headers that promise more, or less, than comes': async (socket) => {
    const pcm = noise(1.5, 44);
    for (const promised of [pcm.length * 10, 0xffff_ffff, 0x7fff_ffff, 0, 16_000]) {
      const wav = wavFile(pcm);
      wav.writeUInt32LE(promised, 40);
      const { sessionId } = await socket.start();
      socket.sendJson(chunk(sessionId, 0, wav));
      socket.sendJson({ action: 'finish', session_id: sessionId });
      const final = await socket.nextOf('final_result');
      expect(final, `a header that promises ${promised} bytes`).toMatchObject({
        text: textsOf(pcm).join(' '),
        duration: 1.5,
      });
    }
  },

  'a second finish, and chunks behind the first': async (socket) => {
    const { sessionId } = await socket.start({ session_id: 'finished' });
    const pcm = noise(0.5, 9);
    socket.sendJson(chunk(sessionId, 0, pcm));
    socket.sendJson({ action: 'finish', session_id: sessionId });
    socket.sendJson({ action: 'finish', session_id: sessionId });
    await expectTold(socket, { code: 'session_closed', session_id: sessionId });
    socket.sendJson(chunk(sessionId, 1, pcm));
    await expectTold(socket, { code: 'session_closed', session_id: sessionId, chunk_index: 1 });
    expect(await socket.nextOf('final_result')).toMatchObject({ text: textOf(pcm), chunk_count: 1 });
    socket.sendJson({ action: 'finish', session_id: sessionId });
    await expectTold(socket, { code: 'session_closed', session_id: sessionId });
    socket.sendJson(chunk(sessionId, 2, pcm));
    await expectTold(socket, { code: 'session_closed', session_id: sessionId, chunk_index: 2 });
    // A finish before anything was said, and before the start was answered.
    socket.sendJson({ action: 'start', session_id: 'silent' });
    socket.sendJson({ action: 'finish', session_id: 'silent' });
    socket.sendJson({ action: 'finish', session_id: 'silent' });
    await expectTold(socket, { code: 'session_closed', session_id: 'silent' });
    expect(await socket.nextOf('final_result')).toMatchObject({ text: '', duration: 0, chunk_count: 0 });
  },
};

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({
    env: {
      ENGINE: 'synthetic',
      MAX_CHUNK_BYTES: String(MAX_CHUNK_BYTES),
      MAX_SOCKET_BACKLOG_BYTES: '65536',
    },
  });
});
afterAll(async () => await cluster?.stop());

describe('is told what is wrong, beside a neighbour who notices nothing:', () => {
  for (const [name, act] of Object.entries(CASES)) {
    it(name, async () => {
      const socket = await TestSocket.open(cluster.socketUrl);
      try {
        await besideNeighbour(cluster.socketUrl, (neighbour) => act(socket, neighbour));
      } finally {
        socket.terminate();
      }
    });
  }
});

describe('harms nobody:', () => {
  it('sockets that are closed in the middle of a chunk', async () => {
    await besideNeighbour(cluster.socketUrl, async () => {
      const ids = Array.from({ length: 10 }, (_, n) => `cut-${n}`);
      await Promise.all(
        ids.map(async (id) => {
          const client = await RawClient.open(cluster.socketUrl);
          client.tcp.write(
            frame(JSON.stringify({ action: 'start', session_id: id, resume_token: `${id} token` })),
          );
          await client.receives('session_started');
          client.tcp.write(frame(JSON.stringify(chunk(id, 0, noise(1, 3)))));
          await client.receives('"status":"received"');
          const half = frame(JSON.stringify(chunk(id, 1, noise(1, 4))));
          client.tcp.write(half.subarray(0, half.length / 2));
          client.tcp.end();
          await client.closed;
        }),
      );
      // What was whole is kept for whoever resumes; what was cut never was.
      const socket = await TestSocket.open(cluster.socketUrl);
      try {
        for (const id of ids) {
          socket.sendJson({ action: 'resume', session_id: id, resume_token: `${id} token`, last_seq: 0 });
          socket.sendJson({ action: 'finish', session_id: id });
          const final = await socket.nextOf('final_result');
          expect(final).toMatchObject({ session_id: id, text: textOf(noise(1, 3)), chunk_count: 1 });
        }
      } finally {
        socket.terminate();
      }
    });
  });

  it('a client that sends and never reads', async () => {
    await besideNeighbour(cluster.socketUrl, async () => {
      const client = await RawClient.open(cluster.socketUrl);
      try {
        client.tcp.pause();
        const message = frame(JSON.stringify({ action: 'finish', session_id: 'x'.repeat(64) }));
        const many = Buffer.concat(Array.from({ length: 100 }, () => message));
        // The kernel takes some megabytes for it; beyond them the gateway keeps little and then lets go.
        await client.flood(many, 5_000);
        expect(client.tcp.destroyed).toBe(true);
      } finally {
        client.tcp.destroy();
      }
    });
  });
});
