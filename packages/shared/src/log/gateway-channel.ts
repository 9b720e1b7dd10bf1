import type { TraceContext } from '../tracing/traceparent.js';

/**
 * What travels on a gateway's channel: one PUBLISH carries many messages, a line each. A line is
 * `<kind>|<session>|<incarnation or epoch>|<number>|<json>`; JSON text never holds a line break.
 *
 * - `E`: an event with its `seq`, ready to be sent to the client as it is. The `seq` may be followed by `@` and the time
 *   at which the event's audio was complete, and that by `@` and a trace context (a release that does not know this
 *   takes it for a gap, and reads the event);
 * - `P`: an interim result of the segment with this number;
 * - `N`: something else that is told live only (speech began or ended), number unused;
 * - `H`: a hole: the worker misses entry `n` of this epoch;
 * - `C`: the worker has used up all chunks up to the number; JSON of the mark and its seq;
 * - `T`: another gateway has taken the session over, in this epoch;
 * - `D`: the session was deleted.
 */
export interface ChannelMessage {
  kind: 'event' | 'partial' | 'notice' | 'hole' | 'committed' | 'taken' | 'deleted';
  sessionId: string;
  /** Incarnation for events, partials, notices and `committed`; epoch for holes and `taken`. */
  stamp: string;
  number: number;
  /** Of events: when the audio they tell of was complete, by Redis' clock, Unix ms. */
  heardMs?: number | undefined;
  /** With `heardMs`: trace context of the event's delivery, of a traced session. */
  trace?: TraceContext | undefined;
  json: string;
}

const LETTER = {
  event: 'E',
  partial: 'P',
  notice: 'N',
  hole: 'H',
  committed: 'C',
  taken: 'T',
  deleted: 'D',
} as const;
const KIND: Record<string, ChannelMessage['kind']> = {
  E: 'event',
  P: 'partial',
  N: 'notice',
  H: 'hole',
  C: 'committed',
  T: 'taken',
  D: 'deleted',
};

/** One line, without its line break. */
export function channelLine(message: ChannelMessage): string {
  const { kind, sessionId, stamp, number, heardMs, trace, json } = message;
  const traced = trace === undefined || trace === '' ? '' : `@${trace}`;
  const heard = heardMs === undefined ? '' : `@${heardMs}${traced}`;
  return `${LETTER[kind]}|${sessionId}|${stamp}|${number}${heard}|${json}`;
}

/** Calls `onMessage` for each line of a payload; a line of an unknown kind is passed over. */
export function parseChannelPayload(payload: string, onMessage: (message: ChannelMessage) => void): void {
  for (const line of payload.split('\n')) {
    const a = line.indexOf('|');
    const b = line.indexOf('|', a + 1);
    const c = line.indexOf('|', b + 1);
    const d = line.indexOf('|', c + 1);
    const kind = KIND[line.slice(0, a)];
    if (kind === undefined || b < 0 || c < 0 || d < 0) continue;
    const [number, heardMs, trace] = line.slice(c + 1, d).split('@');
    onMessage({
      kind,
      sessionId: line.slice(a + 1, b),
      stamp: line.slice(b + 1, c),
      number: Number(number),
      heardMs: heardMs === undefined ? undefined : Number(heardMs),
      trace,
      json: line.slice(d + 1),
    });
  }
}
