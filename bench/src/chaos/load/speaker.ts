import { setTimeout as sleep } from 'node:timers/promises';
import type { SessionEvent } from '@tributary/client';
import { CHUNK_MS, speechChunk } from '../speech.js';
import type { ReceivedEvent, SessionRecord } from './session-record.js';
import type { SpokenSession } from './spoken-session.js';

/** One session to be spoken. */
export interface SpeechPlan {
  readonly sessionId: string;
  readonly seed: number;
  readonly voice: SessionRecord['voice'];
  /** Chunks to say; fewer when the time is over before. */
  readonly chunks: number;
  readonly untilMs: number;
  readonly finalWaitMs: number;
}

export const now = (): number => performance.timeOrigin + performance.now();

/** Begins a session and tells of its acknowledgements. */
export type OpenSession = (plan: SpeechPlan, onAck: (chunkIndex: number) => void) => SpokenSession;

/** Speaks one session at real-time pace, and notes what was seen. */
export class Speaker {
  readonly plan: SpeechPlan;
  readonly #open: OpenSession;
  readonly #sentAtMs: number[] = [];
  readonly #events: ReceivedEvent[] = [];
  #ackedThrough = -1;

  constructor(open: OpenSession, plan: SpeechPlan) {
    this.#open = open;
    this.plan = plan;
  }

  get acked(): number {
    return this.#ackedThrough + 1;
  }

  get segments(): number {
    return this.#events.length;
  }

  async run(): Promise<SessionRecord> {
    const { sessionId, seed, voice } = this.plan;
    const session = this.#open(this.plan, (chunkIndex) => {
      this.#ackedThrough = Math.max(this.#ackedThrough, chunkIndex);
    });
    let failure: string | null = null;
    let finishedAtMs: number | null = null;
    const reading = this.#read(session);
    reading.catch(() => undefined);
    try {
      await this.#say(session);
      finishedAtMs = now();
      session.finish().catch(() => undefined);
      await withDeadline(reading, this.plan.finalWaitMs);
    } catch (error) {
      failure = describe(error);
      session.close();
    }
    return {
      id: sessionId,
      seed,
      voice,
      sentAtMs: this.#sentAtMs,
      finishedAtMs,
      ackedThrough: this.#ackedThrough,
      events: this.#events,
      failure,
      counters: session.counters === null ? null : { ...session.counters },
    };
  }

  async #say(session: SpokenSession): Promise<void> {
    const { seed, chunks, untilMs } = this.plan;
    const began = now();
    for (let n = 0; n < chunks && now() < untilMs; n++) {
      // By the clock, not by adding up pauses: those are never exact.
      await sleep(Math.max(0, began + (n + 1) * CHUNK_MS - now()));
      this.#sentAtMs.push(now());
      await session.send(speechChunk(seed, n));
    }
  }

  async #read(session: SpokenSession): Promise<void> {
    for await (const event of session) {
      const received = receive(event, now());
      if (received !== null) this.#events.push(received);
    }
  }
}

/** What the oracle needs of an event; null for interim text. */
export function receive(event: SessionEvent, atMs: number): ReceivedEvent | null {
  switch (event.type) {
    case 'partial_result':
    case 'speech_started':
    case 'utterance_end':
      return null;
    case 'error':
      return { type: 'error', seq: event.seq, atMs, text: event.code };
    case 'final_result': {
      const { type, seq, text, duration, chunk_count: chunkCount, status } = event;
      return { type, seq, atMs, text, duration, chunkCount, ...(status === undefined ? {} : { status }) };
    }
    case 'chunk_result': {
      const { type, seq, text, start, end } = event;
      const {
        segment_index: segmentIndex,
        first_chunk_index: firstChunkIndex,
        chunk_index: chunkIndex,
      } = event;
      return { type, seq, atMs, text, start, end, segmentIndex, firstChunkIndex, chunkIndex };
    }
  }
}

/** @throws Error when `work` is not done in time. */
export async function withDeadline<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no final result within ${Math.round(ms / 1_000)} s`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error ? `${String(error.code)}: ${error.message}` : error.message;
}
