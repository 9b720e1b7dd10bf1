import {
  type Mark,
  NO_SPAN,
  type ResultKind,
  type SegmentBody,
  type SegmentMeta,
  type Span,
  type TraceContext,
  TributaryError,
} from '@tributary/shared';
import { type Engine, type Recognition, SAMPLE_RATE_HZ } from '../engines/engine.js';
import type { Conclusion, OpenMark, SegmentConclusion } from './conclusion.js';

/** One conclusion ready to be made durable. */
export interface ReadyConclusion {
  /** null moves the mark only. */
  kind: ResultKind | null;
  body: object;
  meta: SegmentMeta | null;
  mark: Mark;
}

export interface ConclusionQueueOptions {
  sessionId: string;
  workerId: string;
  language: string | null;
  words: boolean;
  engine: Engine;
  /** Index of the session's next segment. */
  nextSegment: number;
  /** Makes a conclusion durable; called for one at a time, in order. */
  commit(ready: ReadyConclusion): Promise<void>;
  /** The mark is durable. */
  covered(mark: OpenMark): void;
  /** Bytes of audio waiting for, or in, recognition changed by so much. */
  waitingBytes(change: number): void;
  /** Committing failed for good; nothing more of this queue will be committed. */
  failed(error: unknown): void;
  /** Begins a span, below that of the chunk fed last unless a parent is given. */
  begin(name: string, parent?: TraceContext): Span;
}

interface Waiting {
  conclusion: Conclusion;
  recognition: Promise<Recognition | TributaryError> | null;
  queuedAt: number;
  /** Stream time of what completed it. */
  timeMs: number;
  span: Span;
}

/**
 * Recognises the segments of one session and commits what came of them in the order they were concluded.
 * Segments are handed to the engine at once; only committing waits for those before.
 */
export class ConclusionQueue {
  readonly #options: ConclusionQueueOptions;
  readonly #waiting: Waiting[] = [];
  #nextSegment: number;
  #running: Promise<void> | null = null;

  constructor(options: ConclusionQueueOptions) {
    this.#options = options;
    this.#nextSegment = options.nextSegment;
  }

  /** Stream time of what completed the oldest conclusion that is not durable; null when all are. */
  get oldestMs(): number | null {
    return this.#waiting[0]?.timeMs ?? null;
  }

  /** `timeMs`: stream time of the entry, or of the silence, that led to the conclusions. */
  push(conclusions: readonly Conclusion[], timeMs: number): void {
    for (const conclusion of conclusions) {
      const speech = conclusion.kind === 'segment';
      const span = speech ? this.#options.begin('recognise') : NO_SPAN;
      const recognition = speech ? this.#recognise(conclusion).finally(() => span.end()) : null;
      this.#waiting.push({ conclusion, recognition, queuedAt: performance.now(), timeMs, span });
    }
    if (this.#waiting.length > 0) this.#running ??= this.#run();
  }

  /** Settles when all that was pushed is durable, or `failed` was told that it cannot be. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
        const recognised = await next.recognition;
        // The recogniser is stopping: that says nothing of the audio, which the next owner will recognise.
        if (recognised instanceof TributaryError && recognised.temporary) throw recognised;
        const ready = this.#ready(next, recognised);
        const span = this.#options.begin('commit', next.span.context);
        if (ready.meta !== null && span.context !== '') ready.meta.trace = span.context;
        await this.#options.commit(ready);
        span.end();
        this.#nextSegment = ready.mark.segment;
        this.#options.covered(ready.mark);
        this.#waiting.shift();
      }
      this.#running = null;
    } catch (error) {
      // Stays "running" for good: the lease is lost, and a new owner does the rest.
      this.#options.failed(error);
    }
  }

  async #recognise(segment: SegmentConclusion): Promise<Recognition | TributaryError> {
    const { engine, language, words, waitingBytes } = this.#options;
    waitingBytes(segment.pcm.byteLength);
    try {
      const utterance = engine.open({
        language,
        words,
        hotWords: [],
        interim: null,
        attempts: 0,
        attempted: () => {},
      });
      utterance.accept(segment.pcm);
      return await utterance.finish(segment.pcm.length);
    } catch (error) {
      if (error instanceof TributaryError) return error;
      return new TributaryError('recognition_failed', undefined, { cause: error });
    } finally {
      waitingBytes(-segment.pcm.byteLength);
    }
  }

  #ready(
    { conclusion, queuedAt, timeMs }: Waiting,
    recognised: Recognition | TributaryError | null,
  ): ReadyConclusion {
    const { sessionId } = this.#options;
    const stay: Mark = { ...conclusion.mark, segment: this.#nextSegment };
    const advance: Mark = { ...conclusion.mark, segment: this.#nextSegment + 1 };
    switch (conclusion.kind) {
      case 'silence':
        return { kind: null, body: {}, meta: null, mark: stay };
      case 'error': {
        const { code, detail, chunkIndex } = conclusion;
        const body = { session_id: sessionId, code, message: detail, chunk_index: chunkIndex };
        return { kind: 'error', body, meta: this.#meta(0, 0, stay, 0), mark: stay };
      }
      case 'end':
        return {
          kind: 'end',
          body: { ...conclusion.body, segment_count: this.#nextSegment },
          meta: null,
          mark: stay,
        };
      case 'segment': {
        if (recognised instanceof TributaryError) {
          const { code, message } = recognised;
          const body = {
            session_id: sessionId,
            code,
            message,
            chunk_index: conclusion.lastChunk,
            segment_index: this.#nextSegment,
          };
          return {
            kind: 'error',
            body,
            meta: this.#meta(conclusion.pcm.byteLength, 0, advance, 0),
            mark: advance,
          };
        }
        if (recognised === null || (recognised.text === '' && !conclusion.cutByClient)) {
          return { kind: null, body: {}, meta: null, mark: stay };
        }
        return {
          kind: 'segment',
          body: this.#segmentBody(conclusion, recognised),
          meta: {
            ...this.#meta(
              conclusion.pcm.byteLength,
              recognised.decodeMs,
              advance,
              performance.now() - queuedAt,
            ),
            heardMs: Math.round(timeMs),
          },
          mark: advance,
        };
      }
    }
  }

  #segmentBody(segment: SegmentConclusion, { text, confidence, words }: Recognition): SegmentBody {
    const start = seconds(segment.startSample);
    return {
      session_id: this.#options.sessionId,
      chunk_index: segment.lastChunk,
      first_chunk_index: segment.firstChunk,
      segment_index: this.#nextSegment,
      text,
      start,
      end: seconds(segment.endSample),
      ...(confidence === undefined ? {} : { confidence }),
      ...(words === undefined || !this.#options.words
        ? {}
        : {
            words: words.map((word) => ({
              ...word,
              start: round(start + word.start),
              end: round(start + word.end),
            })),
          }),
    };
  }

  #meta(audioBytes: number, decodeMs: number, mark: Mark, totalMs: number): SegmentMeta {
    return {
      audioBytes,
      queueMs: Math.max(0, Math.round(totalMs - decodeMs)),
      decodeMs: Math.round(decodeMs),
      workerId: this.#options.workerId,
      mark: JSON.stringify(mark),
    };
  }
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

function seconds(samples: number): number {
  return round(samples / SAMPLE_RATE_HZ);
}
