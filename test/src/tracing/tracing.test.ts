import { TributaryClient } from '@tributary/client';
import {
  type Cluster,
  scrape,
  startCluster,
  sumOf,
  TestSocket,
  WebSocket,
  waitFor,
} from '@tributary/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chunk, noise, slices, textsOf } from '../speech.js';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from './otlp-receiver.js';

const CALLER = '00f067aa0ba902b7';
const TOKEN = 'a-token-that-no-span-may-hold';
const SECONDS = 2;
const PCM = noise(SECONDS, 3);
const CHUNKS = slices(PCM, 3_200);

let receiver: OtlpReceiver;
let cluster: Cluster;

beforeAll(async () => {
  receiver = await startOtlpReceiver();
  cluster = await startCluster({
    gateways: 2,
    env: {
      ENGINE: 'synthetic',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-key=a%20secret',
    },
  });
});
afterAll(async () => {
  await cluster?.stop();
  await receiver?.close();
});

const spansOf = (traceId: string): ReceivedSpan[] =>
  receiver.spans.filter((span) => span.traceId === traceId);
const named = (spans: readonly ReceivedSpan[], name: string): ReceivedSpan[] =>
  spans.filter((span) => span.name === name);

/** Says something; returns once all of it was answered. */
async function talk(start: Record<string, unknown>, headers: Record<string, string> = {}): Promise<string> {
  const socket = await TestSocket.open(cluster.socketUrl, headers);
  const format = { encoding: 's16le', sample_rate: 16_000, channels: 1 };
  const { sessionId } = await socket.start({ format, gap_ms: 0, resume_token: TOKEN, ...start });
  for (const [i, one] of CHUNKS.entries()) socket.sendJson(chunk(sessionId, i, one));
  socket.sendJson({ action: 'finish', session_id: sessionId });
  const { text } = await socket.nextOf('final_result');
  expect(text).toBe(textsOf(PCM).join(' '));
  await socket.close();
  return sessionId;
}

/** Waits until a trace has been exported whole. */
async function traceOf(traceId: string): Promise<ReceivedSpan[]> {
  const whole = () => {
    const spans = spansOf(traceId);
    return (
      named(spans, 'append').length === CHUNKS.length &&
      ['send', 'store', 'commit'].every((name) => named(spans, name).length === SECONDS)
    );
  };
  await waitFor(whole, { timeoutMs: 15_000, everyMs: 50, what: `all spans of ${traceId}` });
  return spansOf(traceId);
}

test('a session with a traceparent is one trace through all four hops', async () => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const sessionId = await talk({ traceparent: `00-${traceId}-${CALLER}-01` });
  const spans = await traceOf(traceId);
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const sends = named(spans, 'send');
  for (const send of sends) {
    const path: string[] = [];
    let at: ReceivedSpan | undefined = send;
    for (; at !== undefined; at = byId.get(at.parentSpanId)) path.push(`${at.service} ${at.name}`);
    expect(path.reverse()).toEqual([
      'tributary-gateway append',
      'tributary-worker recognise',
      'tributary-worker commit',
      'tributary-router deliver',
      'tributary-gateway send',
    ]);
  }
  for (const append of named(spans, 'append')) {
    expect(append.parentSpanId).toBe(CALLER);
    expect(append.attributes).toMatchObject({ 'tributary.session': sessionId, 'tributary.bytes': 3_200 });
  }
  for (const store of named(spans, 'store')) {
    expect(byId.get(store.parentSpanId)?.name).toBe('commit');
    expect(store.service).toBe('tributary-router');
  }
  for (const { durationMs } of spans) {
    expect(durationMs).toBeGreaterThanOrEqual(0);
    expect(durationMs).toBeLessThan(15_000);
  }
  expect(receiver.headers['x-key']).toBe('a secret');
});

test('the header of the upgrade speaks for sessions that bring no traceparent', async () => {
  const traceId = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
  await talk({}, { traceparent: `00-${traceId}-${CALLER}-01` });
  expect((await traceOf(traceId)).length).toBeGreaterThan(CHUNKS.length);
});

test('a session is not traced without one, nor when it is not sampled, nor when it is malformed', async () => {
  const before = new Set(receiver.spans.map((span) => span.traceId));
  await talk({});
  await talk({ traceparent: `00-bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb-${CALLER}-00` });
  await talk({ traceparent: `00-${'0'.repeat(32)}-${CALLER}-01` });
  await talk({ traceparent: 'no such thing' });
  const traceId = 'cccccccccccccccccccccccccccccccc';
  await talk({ traceparent: `00-${traceId}-${CALLER}-01` });
  // Spans are exported in order: what the earlier sessions had would be here by now.
  await traceOf(traceId);
  const after = new Set(receiver.spans.map((span) => span.traceId));
  expect([...after].filter((id) => !before.has(id))).toEqual([traceId]);
});

test('a session whose client moves to another gateway stays in its trace', async () => {
  const traceId = 'dddddddddddddddddddddddddddddddd';
  const urls = cluster.gateways.map(({ socketUrl }) => socketUrl);
  const client = new TributaryClient({ urls, WebSocket, backoffMaxMs: 500 });
  const session = await client.start({
    format: { encoding: 's16le', sample_rate: 16_000, channels: 1 },
    gapMs: 0,
    traceparent: `00-${traceId}-${CALLER}-01`,
  });
  const reading = (async () => {
    for await (const event of session) if (event.type === 'chunk_result') return;
  })();
  const before = CHUNKS.length / 2;
  for (const one of CHUNKS.slice(0, before)) await session.send(one);
  await reading;
  for (const gateway of cluster.gateways) {
    if (sumOf(await scrape(gateway.url), 'tributary_gateway_sessions') === 0) continue;
    await gateway.stop(0);
    break;
  }
  for (const one of CHUNKS.slice(before)) await session.send(one);
  await session.finish();
  client.close();
  const later = () =>
    named(spansOf(traceId), 'append').filter(
      (span) => Number(span.attributes['tributary.chunk_index']) >= before,
    );
  await waitFor(() => later().length >= CHUNKS.length - before, {
    timeoutMs: 15_000,
    everyMs: 50,
    what: 'spans of the second gateway',
  });
  for (const span of later()) expect(span.parentSpanId).toBe(CALLER);
});

test('spans hold neither what was said nor the token that guards it', () => {
  expect(receiver.bodies.length).toBeGreaterThan(0);
  for (const body of receiver.bodies) {
    expect(body).not.toContain(TOKEN);
    for (const text of textsOf(PCM)) expect(body).not.toContain(text);
  }
});
