import { describe, expect, it, vi } from 'vitest';
import { TributaryClient } from './client.js';
import { TributaryClientError } from './errors.js';
import type { ClientOptions, ConnectionEvent } from './options.js';
import { type FakeNetwork, fakeWebSocket } from './testing/fake-socket.js';
import { ModelServer } from './testing/model-server.js';
import type { SessionEvent } from './wire.js';

function setUp(options: Partial<ClientOptions> = {}) {
  const network: FakeNetwork = { server: new ModelServer('s'), sockets: [], urls: [], frames: [] };
  const client = new TributaryClient({
    urls: ['ws://a', 'ws://b'],
    WebSocket: fakeWebSocket(network),
    backoffBaseMs: 4,
    backoffMaxMs: 20,
    random: () => 0,
    ...options,
  });
  const last = () => network.sockets.at(-1)!;
  return { network, client, last, server: network.server };
}

const chunk = (byte: number, length = 10): Uint8Array => new Uint8Array(length).fill(byte);
const collect = async (events: AsyncIterable<SessionEvent>): Promise<SessionEvent[]> => {
  const all: SessionEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
};

describe('a session', () => {
  it.each([true, false])(
    'goes from start to final result across a broken connection (binary: %s)',
    async (binary) => {
      const { client, network, server, last } = setUp({ binary });
      const noted: ConnectionEvent[] = [];
      const acks: number[] = [];
      const session = await client.start({
        sessionId: 's',
        onAck: (index) => acks.push(index),
        onConnection: (event) => noted.push(event),
      });
      const events = collect(session);
      expect(await session.send(chunk(1))).toBe(0);
      expect(await session.send(chunk(2))).toBe(1);
      await vi.waitFor(() => expect(acks).toEqual([0, 1]));
      server.commitThrough(0);
      last().flush();
      last().break(1006);
      expect(await session.send(chunk(3))).toBe(2);
      const final = session.finish();
      expect(session.finish()).toBe(final);
      await vi.waitFor(() => expect(server.finished).toBe(true));
      server.conclude();
      last().flush();

      expect((await final).chunk_count).toBe(3);
      expect((await events).map((event) => event.type)).toEqual([
        'chunk_result',
        'chunk_result',
        'final_result',
      ]);
      expect(server.wrongs).toEqual([]);
      expect(server.heard).toEqual([0, 1, 2]);
      expect(network.urls).toEqual(['ws://a', 'ws://b']);
      expect(noted.map(({ type }) => type)).toEqual([
        'connected',
        'started',
        'disconnected',
        'connected',
        'resumed',
      ]);
      expect(session.counters).toMatchObject({ connects: 2, disconnects: 1, resumes: 1, chunksAccepted: 3 });
      expect(session.counters.chunksResent).toBe(binary ? 2 : 1);
      expect(network.frames.filter((frame) => typeof frame !== 'string').length).toBe(binary ? 5 : 0);
      await expect(session.send(chunk(4))).rejects.toThrow(TributaryClientError);
    },
  );

  it('lets send wait while the buffer is full, and finish wait for it', async () => {
    const { client, server, last } = setUp({ maxBufferedBytes: 25 });
    const session = await client.start({ sessionId: 's' });
    const sent: number[] = [];
    const sends = [0, 1, 2, 3].map((byte) => session.send(chunk(byte)).then((index) => sent.push(index)));
    const final = session.finish();
    await vi.waitFor(() => expect(server.lastTaken).toBe(1));
    expect(sent).toEqual([0, 1]);
    expect(session.bufferedBytes).toBe(20);
    expect(server.finished).toBe(false);

    server.commitThrough(1);
    last().say({
      type: 'ack',
      status: 'received',
      session_id: 's',
      chunk_index: 1,
      committed_through: 1,
    });
    await Promise.all(sends);
    await vi.waitFor(() => expect(server.finished).toBe(true));
    expect(server.heard).toEqual([0, 1, 2, 3]);
    server.conclude();
    last().flush();
    await final;
  });

  it.each([true, false])(
    'sends silence and the end of a segment in their places (binary: %s)',
    async (binary) => {
      const { client, network, server, last } = setUp({ binary, maxBufferedBytes: 160 });
      const session = await client.start({ sessionId: 's' });
      expect(await session.finalize()).toBe(-1);
      // The second chunk waits for room, and so does what comes behind it.
      const sends = [
        session.send(chunk(1)),
        session.silence(700),
        session.finalize(),
        session.send(new Uint8Array(90)),
        session.finalize(),
        session.finalize(),
        session.silence(60_000),
      ];
      await vi.waitFor(() => expect(server.heard).toEqual([0, 1]));
      await vi.waitFor(() => expect(server.committed).toBe(1));
      last().say({ type: 'ack', status: 'received', session_id: 's', chunk_index: 1, committed_through: 1 });
      expect(await Promise.all(sends)).toEqual([0, 1, 1, 2, 2, 2, 3]);
      const final = session.finish();
      await vi.waitFor(() => expect(server.finished).toBe(true));
      server.conclude();
      last().flush();
      await final;
      expect(server.wrongs).toEqual([]);
      expect(server.heard).toEqual([0, 1, 2, 3]);
      const text = network.frames.map((frame) => (typeof frame === 'string' ? JSON.parse(frame) : 'audio'));
      const numbered = (index: number) => (binary ? {} : { chunk_index: index });
      const audio = (index: number) =>
        binary ? 'audio' : expect.objectContaining({ action: 'chunk', chunk_index: index });
      expect(text.slice(1)).toEqual([
        audio(0),
        { action: 'silence', session_id: 's', ...numbered(1), ms: 700 },
        { action: 'finalize', session_id: 's', chunk_index: 1 },
        audio(2),
        { action: 'finalize', session_id: 's', chunk_index: 2 },
        { action: 'silence', session_id: 's', ...numbered(3), ms: 60_000 },
        { action: 'finish', session_id: 's' },
      ]);
      await expect(session.silence(5)).rejects.toThrow(TributaryClientError);
      await expect(session.finalize()).rejects.toThrow(TributaryClientError);
    },
  );

  it.each([0, -1, 1.5, 60_001, Number.NaN])('takes no silence of %s ms', async (ms) => {
    const { client } = setUp();
    const session = await client.start({ sessionId: 's' });
    await expect(session.silence(ms)).rejects.toMatchObject({ code: 'invalid_argument' });
    session.close();
  });

  it('copies what it is given', async () => {
    const { client, network } = setUp();
    const session = client.open({ sessionId: 's' });
    const bytes = chunk(7);
    void session.send(bytes);
    bytes.fill(0);
    await vi.waitFor(() => expect(network.frames.length).toBe(2));
    expect(network.frames[1]).toEqual(chunk(7));
    session.close();
  });

  it('throws what the server will not take back, in the iteration and from finish', async () => {
    const { client, last } = setUp();
    const session = await client.start({ sessionId: 's' });
    const events = collect(session);
    const final = session.finish();
    last().say({ type: 'error', code: 'invalid_resume_token', message: 'no', session_id: 's' });
    await expect(events).rejects.toMatchObject({
      name: 'TributaryClientError',
      code: 'invalid_resume_token',
    });
    await expect(final).rejects.toMatchObject({ code: 'invalid_resume_token' });
  });

  it('does not come back after a close code from 4000 to 4099, and does after 4100', async () => {
    const { client, network, last } = setUp();
    const session = await client.start({ sessionId: 's' });
    last().break(4100, 'slow reader');
    await vi.waitFor(() => expect(session.counters.resumes).toBe(1));
    last().break(4001, 'no');
    await expect(session.finish()).rejects.toMatchObject({ code: 'refused' });
    expect(network.sockets.length).toBe(2);
  });

  it('leaves a connection that went silent while an answer is owed', async () => {
    const { client, last, server } = setUp({ silenceMs: 30 });
    const session = await client.start({ sessionId: 's' });
    last().send = () => {};
    await session.send(chunk(1));
    await vi.waitFor(() => expect(server.heard).toEqual([0]));
    expect(session.counters).toMatchObject({ connects: 2, disconnects: 1 });
    client.close();
  });

  it('gives up when nothing works for long enough', async () => {
    class Broken {
      binaryType = '';
      onopen: unknown;
      onmessage: unknown;
      onclose: unknown;
      onerror: unknown;
      constructor() {
        throw new SyntaxError('no such address');
      }
      send(): void {}
      close(): void {}
    }
    const { client } = setUp({ WebSocket: Broken, giveUpAfterMs: 50 });
    await expect(client.start()).rejects.toMatchObject({ code: 'connection_lost' });
  });

  it('ends its iteration quietly when it is closed by the application', async () => {
    const { client } = setUp();
    const session = await client.start({ sessionId: 's' });
    const events = collect(session);
    client.close();
    session.close();
    expect(await events).toEqual([]);
    await expect(session.finish()).rejects.toMatchObject({ code: 'closed' });
  });
});

describe('a client', () => {
  it('says so when there is no WebSocket, or no address', () => {
    vi.stubGlobal('WebSocket', undefined);
    expect(() => new TributaryClient({ urls: ['ws://a'] })).toThrow(/has no WebSocket/);
    vi.unstubAllGlobals();
    expect(() => new TributaryClient({ urls: [] })).toThrow(/urls is empty/);
  });
});
