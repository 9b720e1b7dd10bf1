import type { ChannelMessage, PartialResult, SpeechStarted, Stamp, UtteranceEnd } from '@tributary/shared';
import { SAMPLE_RATE_HZ } from '../engines/engine.js';
import type { LiveNews } from '../session/conclusion-queue.js';

/** What a session's gateway is told of what happens right now; `separate`: and on which channel. */
export function liveMessage(
  sessionId: string,
  incarnation: Stamp,
  news: LiveNews,
  separate: boolean,
): ChannelMessage {
  const channel = separate ? { channel: news.channel } : {};
  if (news.kind === 'interim') {
    const { segment, text } = news;
    const partial: PartialResult = {
      type: 'partial_result',
      session_id: sessionId,
      segment_index: segment,
      ...channel,
      text,
    };
    return { kind: 'partial', sessionId, stamp: incarnation, number: segment, json: JSON.stringify(partial) };
  }
  const notice: SpeechStarted | UtteranceEnd =
    news.kind === 'speech-started'
      ? { type: 'speech_started', session_id: sessionId, ...channel, start: seconds(news.startSample) }
      : { type: 'utterance_end', session_id: sessionId, ...channel, end: seconds(news.endSample) };
  return { kind: 'notice', sessionId, stamp: incarnation, number: 0, json: JSON.stringify(notice) };
}

function seconds(samples: number): number {
  return Math.round((samples * 1_000) / SAMPLE_RATE_HZ) / 1_000;
}
