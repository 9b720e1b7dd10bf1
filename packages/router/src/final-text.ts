import {
  type ChannelText,
  EVENTS_PAGE,
  joinText,
  type RedisClient,
  readEvents,
  type ServerMessage,
} from '@tributary/shared';

/** What was said in a session. */
export interface FinalText {
  /** All of it, in the order of the segments. */
  text: string;
  /** The same by channel; null where channels were mixed. */
  channels: ChannelText[] | null;
}

/**
 * The final text of a session: what its client was sent, segment by segment, read in pages from its events.
 *
 * @param channelCount how many channels were recognised separately; undefined where they were mixed
 */
export async function readFinalText(
  redis: RedisClient,
  shard: number,
  sessionId: string,
  channelCount: number | undefined,
): Promise<FinalText> {
  const segments: string[] = [];
  const channels = Array.from({ length: channelCount ?? 0 }, (): string[] => []);
  let afterSeq = 0;
  for (;;) {
    const page = await readEvents(redis, shard, sessionId, afterSeq);
    for (const { seq, json } of page) {
      afterSeq = seq;
      const event = JSON.parse(json) as ServerMessage;
      if (event.type !== 'chunk_result') continue;
      segments.push(event.text);
      channels[event.channel ?? 0]?.push(event.text);
    }
    if (page.length < EVENTS_PAGE) break;
  }
  return {
    text: joinText(segments),
    channels:
      channelCount === undefined
        ? null
        : channels.map((texts, channel) => ({ channel, text: joinText(texts) })),
  };
}
