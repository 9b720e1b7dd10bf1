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
import { type Recognition, SAMPLE_RATE_HZ } from '../engines/engine.js';
import type { Conclusion, OpenMark, SegmentConclusion, SessionOutput } from './conclusion.js';
import { Ears, type EarsOptions } from './ears.js';

/** One conclusion ready to be made durable. */
export interface ReadyConclusion {
  /** null moves the mark only. */
  kind: ResultKind | null;
  body: object;
  meta: SegmentMeta | null;
  mark: Mark;
}

/** What is told while it happens, and is not durable. */
export type LiveNews = { channel: number } & (
  | { kind: 'interim'; segment: number; text: string }
  | { kind: 'speech-started'; startSample: number }
  | { kind: 'utterance-ended'; endSample: number }
);

export interface ConclusionQueueOptions
  extends Pick<
    EarsOptions,
    'engine' | 'utterance' | 'interimIntervalMs' | 'interimMade' | 'attempts' | 'attempted'
  > {
  sessionId: string;
  /** Results say of which channel they are. */
  separate: boolean;
  workerId: string;
  /** Index of the session's next segment. */
  nextSegment: number;
  tell(news: LiveNews): void;
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
 * Has the segments of one session recognised and commits what came of them in the order they were concluded.
 * Segments are given to the engine from their first sample on; only committing waits for those before.
 */
export class ConclusionQueue {
  readonly #options: ConclusionQueueOptions;
  readonly #ears: Ears;
  readonly #waiting: Waiting[] = [];
  #nextSegment: number;
  #running: Promise<void> | null = null;

  constructor(options: ConclusionQueueOptions) {
    this.#options = options;
    this.#nextSegment = options.nextSegment;
    this.#ears = new Ears({ interim: (channel) => this.#tellInterim(channel), ...options });
  }

  /** Stream time of what completed the oldest conclusion that is not durable; null when all are. */
  get oldestMs(): number | null {
    return this.#waiting[0]?.timeMs ?? null;
  }

  /** `timeMs`: stream time of the entry, or of the silence, that led to the outputs. */
  push(outputs: readonly SessionOutput[], timeMs: number): void {
    for (const output of outputs) this.#take(output, timeMs);
    if (this.#waiting.length > 0) this.#running ??= this.#run();
  }

  /** Nothing more of the session will be committed here: what is open at the recogniser is given up. */
  close(): void {
    this.#ears.close();
  }

  #take(output: SessionOutput, timeMs: number): void {
    switch (output.kind) {
      case 'opened': {
        const { channel, startSample } = output;
        this.#ears.of(channel).open(startSample);
        if (output.announced) this.#options.tell({ kind: 'speech-started', channel, startSample });
        return;
      }
      case 'heard':
        return this.#ears.of(output.channel).accept(output.pcm, output.mayEnd);
      case 'withdrawn':
        return this.#ears.of(output.channel).cancel();
      default: {
        const speech = output.kind === 'segment';
        const span = speech ? this.#options.begin('recognise') : NO_SPAN;
        const recognition = speech ? this.#recognise(output, span) : null;
        this.#waiting.push({ conclusion: output, recognition, queuedAt: performance.now(), timeMs, span });
      }
    }
  }

  #tellInterim(channel: number): void {
    const waits = ({ conclusion }: Waiting): boolean =>
      conclusion.kind === 'segment' && conclusion.channel === channel;
    if (this.#waiting.some(waits)) return;
    const text = this.#ears.of(channel).takeInterim();
    if (text !== null) this.#options.tell({ kind: 'interim', channel, segment: this.#nextSegment, text });
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
        for (let channel = 0; channel < this.#ears.count; channel++) this.#tellInterim(channel);
      }
      this.#running = null;
    } catch (error) {
      // Stays "running" for good: the lease is lost, and a new owner does the rest.
      this.#options.failed(error);
    }
  }

  async #recognise(segment: SegmentConclusion, span: Span): Promise<Recognition | TributaryError> {
    const { waitingBytes, tell } = this.#options;
    const { channel, endSample } = segment;
    if (segment.endsUtterance) tell({ kind: 'utterance-ended', channel, endSample });
    const bytes = audioBytes(segment);
    waitingBytes(bytes);
    const recognised = await this.#ears.of(channel).finish(segment.endSample - segment.startSample);
    waitingBytes(-bytes);
    span.end();
    return recognised;
  }

  #ready(
    { conclusion, queuedAt, timeMs }: Waiting,
    recognised: Recognition | TributaryError | null,
  ): ReadyConclusion {
    const { sessionId } = this.#options;
    const isText = conclusion.kind === 'segment' && !isNothing(conclusion, recognised);
    const mark: Mark = { segment: this.#nextSegment + (isText ? 1 : 0), ...conclusion.mark };
    switch (conclusion.kind) {
      case 'silence':
        return { kind: null, body: {}, meta: null, mark };
      case 'error': {
        const { code, detail, chunkIndex } = conclusion;
        const body = { session_id: sessionId, code, message: detail, chunk_index: chunkIndex };
        return { kind: 'error', body, meta: this.#meta(0, 0, mark, 0), mark };
      }
      case 'end':
        return {
          kind: 'end',
          body: { segment_count: this.#nextSegment, ...conclusion.body },
          meta: null,
          mark,
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
            ...this.#channelOf(conclusion),
            ...(conclusion.finalized ? { finalized: true } : {}),
          };
          return {
            kind: 'error',
            body,
            meta: this.#meta(audioBytes(conclusion), 0, mark, 0),
            mark,
          };
        }
        if (recognised === null || isNothing(conclusion, recognised)) {
          return { kind: null, body: {}, meta: null, mark };
        }
        return {
          kind: 'segment',
          body: this.#segmentBody(conclusion, recognised),
          meta: {
            heardMs: Math.round(timeMs),
            ...this.#meta(audioBytes(conclusion), recognised.decodeMs, mark, performance.now() - queuedAt),
          },
          mark,
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
      ...this.#channelOf(segment),
      text,
      start,
      end: seconds(segment.endSample),
      ...(confidence === undefined ? {} : { confidence }),
      ...(words === undefined || !this.#options.utterance.words
        ? {}
        : {
            words: words.map((word) => ({
              ...word,
              start: round(start + word.start),
              end: round(start + word.end),
            })),
          }),
      ...(segment.finalized ? { finalized: true } : {}),
    };
  }

  #channelOf({ channel }: SegmentConclusion): { channel?: number } {
    return this.#options.separate ? { channel } : {};
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

/** There is no text, and none is owed. */
function isNothing(segment: SegmentConclusion, recognised: Recognition | TributaryError | null): boolean {
  if (recognised instanceof TributaryError) return false;
  return recognised === null || (recognised.text === '' && !segment.cutByClient);
}

function audioBytes({ startSample, endSample }: SegmentConclusion): number {
  return (endSample - startSample) * Int16Array.BYTES_PER_ELEMENT;
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

function seconds(samples: number): number {
  return round(samples / SAMPLE_RATE_HZ);
}
