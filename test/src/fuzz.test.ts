import { ERRORS, type ServerMessage } from '@tributary/shared';
import { type Cluster, type MetricFamily, scrape, startCluster, TestSocket } from '@tributary/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { besideNeighbour } from './neighbour.js';
import { noise } from './speech.js';

/** New cases are begun for so long; the last ones are then brought to their end. */
const FUZZ_MS = 8_000;
const ANSWER_MS = 15_000;
const MAX_CHUNK_BYTES = 65_536;
const TOKEN = 'a token that no log may hold';
/** Stands for the id of a session that only one case knows, so that it can be begun. */
const OWN_ID = 'fuzz-session-own';
/** Few ids, so that messages of one socket, and sockets, meet in the same sessions. */
const IDS = ['fuzz-session-1', 'fuzz-session-2', OWN_ID];
/** What a container begins with, so that the worker's decoders get their share of nonsense. */
const MAGIC = [
  '',
  'RIFF\x24\0\0\0WAVEfmt ',
  '\x1aE\xdf\xa3',
  'OggS',
  'fLaC',
  'ID3',
  '\0\0\0 ftypM4A ',
  '\xff\xf1',
];

type Frame = { text: string } | { binary: Buffer };

const audio = fc
  .tuple(fc.constantFrom(...MAGIC), fc.uint8Array({ maxLength: 600 }), fc.integer({ min: 0, max: 40 }))
  .map(([magic, rest, slices]) =>
    Buffer.concat([Buffer.from(magic, 'latin1'), rest, noise(slices / 20, slices)]),
  );
const base64 = fc.oneof(
  { weight: 4, arbitrary: audio.map((bytes) => bytes.toString('base64')) },
  { weight: 1, arbitrary: fc.string({ maxLength: 50 }) },
);
const anything = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.string({ maxLength: 300 }),
  fc.boolean(),
  fc.constant(null),
  fc.jsonValue({ maxDepth: 2 }),
);
/** Mostly what belongs there, so that many messages get past the first check. */
const mostly = (right: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 9, arbitrary: right }, { weight: 1, arbitrary: anything });
const index = fc.oneof(fc.nat({ max: 20 }), fc.constantFrom(2 ** 31, 2 ** 53 - 1, -1, 0.5));
const format = fc.record({
  encoding: fc.constantFrom('s16le', 'f32le', 'mulaw', 'alaw', 'tape'),
  sample_rate: fc.constantFrom(8_000, 16_000, 44_100, 192_000, 0),
  channels: fc.integer({ min: 0, max: 9 }),
});
const message = fc.record(
  {
    action: mostly(
      fc.constantFrom(
        'start',
        'start',
        'chunk',
        'chunk',
        'chunk',
        'silence',
        'finalize',
        'finish',
        'resume',
        'keepalive',
      ),
    ),
    session_id: mostly(fc.constantFrom(...IDS)),
    resume_token: mostly(fc.constant(TOKEN)),
    chunk_index: mostly(index),
    audio_data: mostly(base64),
    ms: mostly(fc.integer({ min: 0, max: 70_000 })),
    last_seq: mostly(index),
    next_chunk_index: mostly(index),
    mode: mostly(fc.constantFrom('auto', 'segments', 'stream')),
    format: mostly(fc.oneof(fc.constant('auto'), format)),
    language: mostly(fc.constantFrom('en', 'zh')),
    hot_words: mostly(fc.array(fc.string({ maxLength: 70 }), { maxLength: 5 })),
    interim_results: mostly(fc.boolean()),
    gap_ms: mostly(fc.integer({ min: 0, max: 2_000 })),
    max_segment_seconds: mostly(fc.double({ min: 0, max: 100 })),
    traceparent: mostly(fc.string({ maxLength: 60 })),
  },
  { requiredKeys: ['action', 'session_id', 'audio_data', 'chunk_index', 'resume_token', 'last_seq', 'ms'] },
);
const json = message.map((fields) => JSON.stringify(fields));
const frame: fc.Arbitrary<Frame> = fc.oneof(
  { weight: 12, arbitrary: json.map((text) => ({ text })) },
  // Cut off, or with another character in its middle.
  {
    weight: 2,
    arbitrary: fc
      .tuple(json, fc.nat({ max: 5_000 }), fc.string({ maxLength: 1, unit: 'binary' }))
      .map(([text, at, instead]) => ({ text: text.slice(0, at) + instead + text.slice(at + 1) })),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 100, unit: 'binary' }).map((text) => ({ text })) },
  { weight: 4, arbitrary: audio.map((binary) => ({ binary })) },
  { weight: 1, arbitrary: fc.constant({ binary: Buffer.alloc(MAX_CHUNK_BYTES + 1) }) },
);

/** A client that does as it should: what follows meets a session that is there and has heard something. */
const opening: Frame[] = [
  { text: JSON.stringify({ action: 'start', session_id: OWN_ID, resume_token: TOKEN }) },
  { binary: noise(1, 1) },
];
const conversation: fc.Arbitrary<Frame[]> = fc
  .tuple(fc.boolean(), fc.array(frame, { minLength: 1, maxLength: 30 }))
  .map(([opened, frames]) => (opened ? [...opening, ...frames] : frames));

let cluster: Cluster;
let cases = 0;
/** What came back: the types of answers, and the codes of errors. */
const answers = new Set<string>();
beforeAll(async () => {
  cluster = await startCluster({
    env: { ENGINE: 'synthetic', MAX_CHUNK_BYTES: String(MAX_CHUNK_BYTES), LOG_LEVEL: 'debug' },
  });
});
afterAll(async () => await cluster?.stop());

/** Sends it all at once; whatever it was, the socket then still answers, and said nothing it should not. */
async function expectAnswered(frames: readonly Frame[]): Promise<void> {
  const socket = await TestSocket.open(cluster.socketUrl);
  const ownId = `fuzz-session-own-${++cases}`;
  try {
    for (const one of frames) {
      if ('text' in one) socket.sendText(one.text.replaceAll(OWN_ID, ownId));
      else socket.sendBinary(one.binary);
    }
    // Only the last one: some of those before may have been a keepalive too.
    socket.sendJson({ action: 'start', session_id: '' });
    await socket.next((m) => m.type === 'error' && m.code === 'invalid_session_id', ANSWER_MS);
    socket.sendJson({ action: 'keepalive' });
    await socket.nextOf('ack', (ack) => ack.status === 'alive', ANSWER_MS);
    for (const said of socket.received) expectSane(said);
  } finally {
    socket.terminate();
  }
}

function expectSane(said: ServerMessage): void {
  answers.add(said.type === 'error' ? said.code : said.type === 'ack' ? said.status : said.type);
  if (said.type !== 'error') return;
  expect(Object.keys(ERRORS)).toContain(said.code);
  expect(said.code, said.message).not.toBe('internal');
  // Nothing of what was sent comes back but ids and indexes.
  expect(JSON.stringify(said).length).toBeLessThan(600);
}

/** Series, and all values of labels, of all services. */
async function allMetrics(): Promise<MetricFamily[]> {
  const services = [...cluster.gateways, ...cluster.routers, ...cluster.workers];
  return (await Promise.all(services.map(({ url }) => scrape(url)))).flat();
}

it('whatever is sent: an answer, no crash, no neighbour harmed, no new label, no secret in a log', async () => {
  const services = [...cluster.gateways, ...cluster.routers, ...cluster.workers];
  const pids = services.map(({ pid }) => pid);
  await besideNeighbour(cluster.socketUrl, async () => {
    await fc.assert(fc.asyncProperty(conversation, expectAnswered), {
      numRuns: 2_000,
      // However few cases a busy machine has time for, one got further than the first check.
      examples: [
        [
          [
            ...opening,
            { text: '{"action":"finish","session_id":"nobody"}' },
            { text: '{"action":"finish","session_id":5}' },
          ],
        ],
      ],
      interruptAfterTimeLimit: FUZZ_MS,
      // What failed on a cluster with a history need not fail again.
      endOnFailure: true,
    });
  });
  expect([...answers]).toEqual(
    expect.arrayContaining(['session_started', 'received', 'invalid_message', 'unknown_session']),
  );
  // Still there, and another one is served.
  expect(services.map(({ pid }) => pid)).toEqual(pids);
  await besideNeighbour(cluster.socketUrl, async () => undefined);
  const values = (await allMetrics())
    .flatMap(({ samples }) => samples)
    .flatMap(({ labels }) => Object.values(labels));
  expect(values.filter((value) => value.includes('fuzz'))).toEqual([]);
  expect(new Set(values).size).toBeLessThan(400);
  const logs = cluster.logs();
  expect(logs).toContain(OWN_ID);
  expect(logs).not.toContain(TOKEN);
  expect(logs).not.toContain(noise(1, 20).toString('base64').slice(40, 80));
}, 60_000);
