import { isDeepStrictEqual } from 'node:util';
import {
  type AudioEntry,
  type ChannelMessage,
  compareIds,
  compareStamps,
  type Mark,
  type SessionOptions,
  type Span,
  type Stamp,
  type StreamId,
  streamTimeMs,
  type TraceContext,
} from '@tributary/shared';
import type { Engine } from '../engines/engine.js';
import { ConclusionQueue, type ConclusionQueueOptions, type LiveNews } from '../session/conclusion-queue.js';
import type { OrderEntry } from '../session/session-order.js';
import { type ChunkAudio, SpeechSession } from '../session/speech-session.js';
import { Attempts } from './attempts.js';
import { liveMessage } from './live-message.js';

/** A session as it stands in Redis. */
export interface StoredSession {
  id: string;
  incarnation: Stamp;
  gatewayId: string;
  options: SessionOptions;
  mark: Mark | null;
  /** JSON of the attempts that were counted, or ''. */
  attempts: string;
}

export interface ActiveSessionOptions
  extends Pick<ConclusionQueueOptions, 'workerId' | 'waitingBytes' | 'failed' | 'commit' | 'interimMade'> {
  engine: Engine;
  maxSegmentSeconds: number;
  publish(gatewayId: string, message: ChannelMessage): void;
  /** Keeps the attempts (JSON) where the next owner finds them. */
  noteAttempts(json: string): void;
  /** Begins a span of the session. */
  begin(name: string, parent: TraceContext): Span;
}

const isOlder = (a: StreamId, b: StreamId): boolean => compareIds(a, b) < 0;

/** A session that this worker is recognising. */
export class ActiveSession {
  readonly id: string;
  readonly incarnation: Stamp;
  readonly #wanted: SessionOptions;
  gatewayId: string;
  readonly speech: SpeechSession;
  readonly queue: ConclusionQueue;
  /** Entries needed for another reason than their audio: the first control entry, the finish. */
  readonly pinned = new Set<StreamId>();
  reportedHoleAtMs = 0;
  /** Of the last chunk that was fed: what follows from it is traced below it. */
  #trace: TraceContext = '';

  constructor(stored: StoredSession, options: ActiveSessionOptions) {
    const { mark, options: wanted } = stored;
    const { engine, publish, noteAttempts, workerId, waitingBytes, failed, commit, interimMade } = options;
    this.id = stored.id;
    this.incarnation = stored.incarnation;
    this.#wanted = wanted;
    this.gatewayId = stored.gatewayId;
    const maxSegmentSeconds = Math.min(
      options.maxSegmentSeconds,
      wanted.maxSegmentSeconds ?? Number.POSITIVE_INFINITY,
    );
    const { endpointingMs } = wanted;
    const separate = wanted.channels === 'separate';
    this.speech = new SpeechSession({
      options: wanted,
      mark,
      maxSegmentSeconds,
      createEndpointer: () => engine.createEndpointer({ endpointingMs, maxSegmentSeconds }),
    });
    const attempts = new Attempts(stored.attempts, noteAttempts);
    this.queue = new ConclusionQueue({
      engine,
      workerId,
      waitingBytes,
      failed,
      commit,
      interimMade,
      sessionId: this.id,
      utterance: {
        model: wanted.model,
        language: wanted.language,
        words: wanted.words,
        hotWords: wanted.hotWords,
      },
      interimIntervalMs: wanted.interimResults ? wanted.interimIntervalMs : null,
      separate,
      nextSegment: mark?.segment ?? 0,
      begin: (name, parent = this.#trace) => options.begin(name, parent),
      attempts: (channel, startSample) => attempts.at(channel, startSample),
      attempted: (channel, startSample, count) => attempts.note(channel, startSample, count),
      covered: (covered) => {
        this.speech.covered(covered);
        attempts.forgetBefore(covered.sample);
      },
      tell: (news: LiveNews) => {
        if (news.kind === 'interim' || wanted.speechEvents) {
          publish(this.gatewayId, liveMessage(this.id, this.incarnation, news, separate));
        }
      },
    });
  }

  /** An entry of this session came from the stream. */
  feed(id: StreamId, entry: AudioEntry): void {
    const timeMs = streamTimeMs(id);
    if (entry.kind === 'control') {
      this.gatewayId = entry.body.gatewayId;
      this.queue.push(this.speech.control(entry.epoch, timeMs), timeMs);
      return;
    }
    if (this.speech.finished) return;
    if (entry.kind === 'audio') this.#trace = entry.trace;
    if (entry.kind === 'finish') this.pinned.add(id);
    this.queue.push(this.speech.entry(orderEntry(id, entry), timeMs), timeMs);
  }

  /** Entries of this epoch belong to an earlier session of the same id. */
  isStale(epoch: Stamp): boolean {
    return compareStamps(epoch, this.incarnation) < 0;
  }

  /** This is how its audio is treated. */
  isHeardWith(options: SessionOptions): boolean {
    return isDeepStrictEqual(options, this.#wanted);
  }

  /** Time has passed without an entry. */
  sweep(streamNowMs: number): void {
    if (this.speech.finished) return;
    this.queue.push(this.speech.gap(streamNowMs), streamNowMs);
    this.queue.push(this.speech.unpin(streamNowMs), streamNowMs);
  }

  /** Nothing more of it will be committed here: what is open at the recogniser is given up. */
  close(): void {
    this.queue.close();
  }

  /** Oldest entry that this session still needs, or null. */
  oldestNeeded(): StreamId | null {
    let oldest = this.speech.oldestNeeded(isOlder);
    for (const id of this.pinned) if (oldest === null || isOlder(id, oldest)) oldest = id;
    return oldest;
  }
}

function orderEntry(id: StreamId, entry: Exclude<AudioEntry, { kind: 'control' }>): OrderEntry<ChunkAudio> {
  const { epoch, n } = entry;
  if (entry.kind === 'audio') {
    const { chunkIndex: index, audio } = entry;
    return { id, epoch, n, chunk: { index, audio }, reason: 'completed' };
  }
  const common = { id, epoch, n, chunk: null, reason: 'completed' } as const;
  switch (entry.kind) {
    case 'silence':
      return { ...common, chunk: { index: entry.chunkIndex, audio: { silenceMs: entry.ms } } };
    case 'finalize':
      return { ...common, finalize: { after: entry.after } };
    case 'finish':
      return { ...common, reason: entry.reason };
  }
}
