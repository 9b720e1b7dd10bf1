import {
  type ChannelMessage,
  createLogger,
  EVENTS_PAGE,
  NO_TRACER,
  type StoredEvent,
} from '@tributary/shared';
import { describe, expect, it } from 'vitest';
import { EventFeed } from './event-feed.js';
import { idleMetrics } from './fixtures/idle-metrics.js';

const result = (seq: number): StoredEvent => ({
  seq,
  json: `{"type":"chunk_result","seq":${seq},"segment_index":${seq - 1}}`,
});
const final = (seq: number): StoredEvent => ({ seq, json: `{"type":"final_result","seq":${seq}}` });

/** A feed whose pages are what the test says, and all that came of it. */
function feedOf(lastSeq: number, readPage: (afterSeq: number) => Promise<StoredEvent[] | null>) {
  const told: string[] = [];
  const client = {
    backlogBytes: 0,
    closed: false,
    wake: (): void => undefined,
    send: (json: string) => void told.push(json),
    drained: () =>
      new Promise<void>((resolve) => {
        client.wake = resolve;
      }),
    attached: () => undefined,
    released: () => undefined,
  };
  const feed = new EventFeed({
    host: {
      metrics: idleMetrics(),
      tracer: NO_TRACER,
      logger: createLogger({ level: 'silent', role: 'test', instance: 'feed' }),
      redisNowMs: () => 0,
    },
    client,
    shard: 0,
    sessionId: 's',
    lastSeq,
    readPage,
    listener: {
      segment: () => undefined,
      ended: () => void told.push('ended'),
      replaced: () => void told.push('replaced'),
    },
  });
  return { feed, client, told };
}

const published = ({ seq, json }: StoredEvent): ChannelMessage => {
  return { kind: 'event', sessionId: 's', stamp: '1.a', number: seq, json };
};
const turns = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe('EventFeed', () => {
  it('gives each event once and in order, published or read', async () => {
    const all = [1, 2, 3, 4].map(result);
    const { feed, told } = feedOf(0, async (afterSeq) => all.slice(afterSeq));
    feed.hint(published(all[0]!));
    feed.hint(published(all[0]!));
    feed.hint(published(all[2]!));
    feed.fill();
    await turns();
    feed.hint(published(final(5)));
    feed.hint(published(final(5)));
    expect(told).toEqual([...all.map(({ json }) => json), final(5).json, 'ended']);
  });

  it('gives nothing of another incarnation, and says so once', async () => {
    const { feed, told } = feedOf(1, async () => null);
    feed.fill();
    feed.fill();
    await turns();
    feed.fill();
    feed.hint(published(result(2)));
    await turns();
    expect(told).toEqual(['replaced']);
  });

  it('asks again after a slow reader has made it wait', async () => {
    const page = Array.from({ length: EVENTS_PAGE }, (_, i) => result(i + 1));
    const pages = [page, null];
    const { feed, client, told } = feedOf(0, async () => pages.shift() ?? null);
    client.backlogBytes = 1_000_000;
    feed.fill();
    await turns();
    expect(told).toEqual([]);
    client.backlogBytes = 0;
    client.wake();
    await turns();
    expect(told).toEqual([...page.map(({ json }) => json), 'replaced']);
  });

  it('is over with a last event that the client says it has', async () => {
    const { feed, told } = feedOf(7, async () => []);
    feed.hint(published(result(2)));
    expect(told).toEqual([]);
    feed.hint(published(final(3)));
    feed.hint(published(final(3)));
    expect(told).toEqual(['ended']);
  });

  it('says nothing of what is read when it was stopped meanwhile', async () => {
    const { feed, told } = feedOf(0, async () => null);
    feed.fill();
    feed.stop();
    await turns();
    expect(told).toEqual([]);
  });
});
