import { EVENTS_PAGE, joinText, type RedisClient, readEvents, type ServerMessage } from '@tributary/shared';

/** The final text of a session: what its client was sent, segment by segment, read in pages from its events. */
export async function readFinalText(redis: RedisClient, shard: number, sessionId: string): Promise<string> {
  const segments: string[] = [];
  let afterSeq = 0;
  for (;;) {
    const page = await readEvents(redis, shard, sessionId, afterSeq);
    for (const { seq, json } of page) {
      afterSeq = seq;
      const event = JSON.parse(json) as ServerMessage;
      if (event.type === 'chunk_result') segments.push(event.text);
    }
    if (page.length < EVENTS_PAGE) return joinText(segments);
  }
}
