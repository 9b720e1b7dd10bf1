import {
  type AttachAnswer,
  type AttachRequest,
  type ChannelMessage,
  compareStamps,
  type ErrorCode,
  errorMessage,
  type Mark,
  NO_SPAN,
  type ServerMessage,
  type Span,
  type Stamp,
  shardOf,
  type TouchAnswer,
  type TraceContext,
  TributaryError,
} from '@tributary/shared';
import type { TurnPart } from '../turn-end.js';
import { attach, hashToken } from './attach.js';
import { ChunkLedger, type LedgerEntry } from './chunk-ledger.js';
import { EventFeed } from './event-feed.js';
import { FINISH, type Item, itemHeader } from './item.js';
import type { Wanted } from './served-models.js';
import type { SessionClient, SessionHost } from './session-host.js';

/**
 * ```
 * attaching ──► open ──► finishing ──► over
 *     │          │            ▲          ▲
 *     │          └─ closed ───┘ (ended by its deadline; only events are owed)
 *     └───────────────────────────────── refused, superseded, socket gone
 * ```
 */
export type Phase = 'attaching' | 'open' | 'finishing' | 'closed' | 'over';

export interface LiveSessionOptions {
  sessionId: string;
  token: string;
  userId: string;
  /** JSON of `SessionOptions`. */
  options: string;
  /** What the workers have to serve for it; null when that is known already. */
  asksFor: Wanted | null;
  /** `seq` of the last event the client has; 0 for a new one. */
  lastSeq: number;
  /** Index of the client's next binary frame. */
  nextBinaryIndex: number | null;
  /** The client knows resume, so it can be asked to send audio again. */
  resends: boolean;
  /** What the session's spans are below; '' when it is not traced. */
  trace: TraceContext;
}

/** A mark, and the `seq` that was taken by then. */
interface KnownMark {
  seq: number;
  mark: Mark;
}

/** What a client is told to wait before it sends a refused chunk again. */
const SLOW_DOWN_MS = 250;
/** A client that does not send again what it was asked for within this goes on without it; the gap is counted. */
const REFUSAL_LASTS_MS = 30_000;
/** Marks kept that are ahead of the client's events; of more, the oldest is dropped. */
const MARKS_AHEAD = 16;
/** When something is owed and no event came for so long, the events are looked at. */
const OWED_AFTER_MS = 1_000;

/** A client that has left so much unread is told nothing that it can do without. */
const LIVE_BACKLOG_BYTES = 16_384;
/** What an entry without audio counts for among what is in flight. */
const CONTROL_BYTES = 64;

/** So long Redis is offered what a client sent before its socket closed. */
const LAST_APPENDS_MS = 10_000;

/** One session on one socket: takes its chunks to Redis, acknowledges them, and gives the client its events. */
export class LiveSession implements TurnPart {
  readonly id: string;
  readonly shard: number;
  readonly #host: SessionHost;
  readonly #client: SessionClient;
  readonly #options: LiveSessionOptions;
  readonly #feed: EventFeed;
  #phase: Phase = 'attaching';
  #incarnation: Stamp = '';
  #epoch: Stamp = '';
  #ledger = new ChunkLedger();
  /** What came before the session was attached, and what a new epoch has to append again. */
  #unsent: Item[] = [];
  readonly #inFlight = new Map<number, Item>();
  #unsentBytes = 0;
  #committedThrough = -1;
  #nextBinaryIndex: number;
  /** Highest binary chunk confirmed and not yet acknowledged; -1 for none. */
  #binaryAck = -1;
  /** Acknowledgements that wait until the session's deadline is known to be safe. */
  #withheld: LedgerEntry[] = [];
  #refreshedAt = 0;
  readonly #startedAt = performance.now();
  /** The chunk the client was asked to send again, and since when later ones are refused. */
  #refused: { index: number; at: number } | null = null;
  /** The client finished while a chunk was asked for again. */
  #finishRefused = false;
  /** Index behind the highest chunk that was accepted. */
  #expected = 0;
  /** Highest chunk that was taken on this socket. */
  #lastTaken: number | null = null;
  /** Segment of the newest `chunk_result` given to the client; -1 for none. */
  #lastSegment = -1;
  #tooLong = false;
  /** Newest mark whose events the client has. */
  #mark: KnownMark | null = null;
  /** Newer marks: one of their events is still on its way to the client. */
  #marksAhead: KnownMark[] = [];
  /** Since when the client has waited for an event; null while nothing is owed. */
  #owedSince: number | null = null;
  /** Highest chunk that the service has; what is not committed of it, the client is owed events for. */
  #confirmedThrough = -1;
  #reopening = false;
  /** Entries of the present epoch that Redis has confirmed while the next one was being opened. */
  #confirmedMeanwhile: number[] = [];
  #overAt = 0;

  constructor(host: SessionHost, client: SessionClient, options: LiveSessionOptions) {
    this.id = options.sessionId;
    this.shard = shardOf(options.sessionId, host.shardCount);
    this.#host = host;
    this.#client = client;
    this.#options = options;
    this.#nextBinaryIndex = options.nextBinaryIndex ?? 0;
    this.#feed = new EventFeed(
      host,
      client,
      { shard: this.shard, sessionId: this.id, lastSeq: options.lastSeq },
      {
        ended: () => this.release(),
        segment: (index) => {
          this.#lastSegment = index;
        },
      },
    );
  }

  get phase(): Phase {
    return this.#phase;
  }

  get epoch(): Stamp {
    return this.#epoch;
  }

  /** `seq` of the last event given to the client. */
  get lastSeq(): number {
    return this.#feed.lastSeq;
  }

  /** False for one that was refused, or has not been answered yet. */
  get wasAttached(): boolean {
    return this.#incarnation !== '';
  }

  /** True when the session's deadline has to be moved on. */
  get needsRefresh(): boolean {
    return this.#phase === 'open';
  }

  /** Attaches the session and answers the client; what it sent meanwhile follows. */
  async open(how: 'start' | 'resume'): Promise<void> {
    const sentAt = performance.now();
    let answer: AttachAnswer;
    try {
      if (this.#options.asksFor !== null) await this.#host.checkServed(this.#options.asksFor);
      answer = await this.#attach({ how });
    } catch (error) {
      this.#refuse(error);
      return;
    }
    if (this.#phase === 'over') return;
    this.#attached(answer, sentAt);
    this.#host.metrics.attaches.inc({ how });
    this.#host.logger.debug({ shard: this.shard, session: this.id, how }, 'session attached');
    this.#client.attached(this.id);
    this.#tellGatewayBefore(answer);
    const committed = this.#committedThrough;
    this.#expected = committed + 1;
    if (how === 'start') {
      this.#tell({
        type: 'ack',
        status: 'session_started',
        session_id: this.id,
        resume_token: this.#options.token,
      });
    } else {
      // Where the client does not say how far it is, there may be a chunk more than is committed.
      this.#confirmedThrough = (this.#options.nextBinaryIndex ?? committed + 2) - 1;
      if (this.#options.nextBinaryIndex === null) this.#nextBinaryIndex = committed + 1;
      this.#tell({
        type: 'ack',
        status: 'session_resumed',
        session_id: this.id,
        next_chunk_index: committed + 1,
        committed_through: committed,
      });
    }
    // What was published before this answer came had no session here to go to.
    if (how === 'resume' || answer.appendedSeq > this.#feed.lastSeq || this.#phase !== 'open')
      this.#feed.fill();
    this.#sendUnsent();
    // It ended, and the client has all of it.
    if (answer.status === 'ended' && answer.appendedSeq <= this.#feed.lastSeq) this.release();
  }

  /** A chunk with its index came as JSON. */
  chunk(chunkIndex: number, audio: Buffer): void {
    this.#take({ kind: 'audio', chunkIndex, payload: audio, bytes: audio.length, binary: false });
  }

  /** The next chunk came as a binary frame. */
  binary(audio: Buffer): void {
    const chunkIndex = this.#nextBinaryIndex++;
    this.#take({ kind: 'audio', chunkIndex, payload: audio, bytes: audio.length, binary: true });
  }

  /** The next chunk is so much silence; without an index it is numbered as a binary frame is. */
  silence(ms: number, index?: number): void {
    const chunkIndex = index ?? this.#nextBinaryIndex;
    this.#nextBinaryIndex = Math.max(this.#nextBinaryIndex, chunkIndex + 1);
    const binary = index === undefined;
    this.#take({ kind: 'silence', chunkIndex, payload: String(ms), bytes: CONTROL_BYTES, binary });
  }

  /** The current segment ends behind a chunk: this one, or the last one taken. */
  finalize(after: number | null = this.#lastTaken): void {
    const finished = this.#unsent.some(({ kind }) => kind === 'finish');
    const place = after === null ? {} : { chunk_index: after };
    if (this.#phase === 'finishing' || this.#phase === 'closed' || finished) {
      return this.#error('session_closed', 'it was finished before', place);
    }
    if (this.#awaitsResend() || !this.#hasRoomFor(CONTROL_BYTES)) {
      return this.#error('slow_down', undefined, { ...place, retry_after_ms: SLOW_DOWN_MS });
    }
    this.#enqueue({
      kind: 'finalize',
      chunkIndex: null,
      after,
      payload: '',
      bytes: CONTROL_BYTES,
      binary: false,
    });
  }

  /** The client has said all. */
  finish(): void {
    if (this.#phase === 'finishing' || this.#phase === 'closed') {
      this.#error('session_closed', 'it was finished before');
      return;
    }
    if (this.#awaitsResend()) {
      // What was asked for again has to come first; a client that never sends it finishes when the wait is over.
      this.#finishRefused = true;
      this.#error('slow_down', undefined, { retry_after_ms: SLOW_DOWN_MS });
      return;
    }
    const attaching = this.#phase === 'attaching';
    if (attaching && this.#unsent.some(({ kind }) => kind === 'finish')) {
      this.#error('session_closed', 'it was finished before');
      return;
    }
    this.#enqueue(FINISH);
    if (!attaching) this.#phase = 'finishing';
  }

  /** An event of this session was published. */
  event(message: ChannelMessage): void {
    if (message.stamp !== this.#incarnation) return;
    this.#owedSince = null;
    this.#feed.hint(message);
    this.#learnMark();
  }

  /** An interim result was published. Those of a segment that is final already have been overtaken. */
  partial(incarnation: Stamp, segment: number, json: string): void {
    if (segment > this.#lastSegment) this.notice(incarnation, json);
  }

  /** Something was published that the client may miss: a slow reader does. */
  notice(incarnation: Stamp, json: string): void {
    if (incarnation !== this.#incarnation || (this.#phase !== 'open' && this.#phase !== 'finishing')) return;
    if (this.#client.backlogBytes < LIVE_BACKLOG_BYTES) this.#client.send(json);
  }

  /** A worker has moved the session's mark; `json` is the mark and the seq that was taken by then. */
  committed(incarnation: Stamp, json: string): void {
    if (incarnation === this.#incarnation) this.#learnMark(JSON.parse(json) as KnownMark);
  }

  /** Something is still to come: the end, events up to a mark, or those of audio that is not committed. */
  get #isOwed(): boolean {
    return (
      this.#phase === 'finishing' ||
      this.#phase === 'closed' ||
      this.#marksAhead.length > 0 ||
      this.#confirmedThrough > this.#committedThrough
    );
  }

  /** The worker misses an entry. While we are still repeating it that is no news; otherwise Redis has lost it. */
  hole(epoch: Stamp, n: number): void {
    if (epoch === this.#epoch && !this.#ledger.isInFlight(n)) this.#reopen({ how: 'resume' });
  }

  /** Redis was started again and may have lost the session, or the last of its audio. */
  restore(): void {
    const known = this.#mark;
    this.#reopen({
      how: 'restore',
      restore: {
        incarnation: this.#incarnation,
        seq: this.#feed.lastSeq,
        mark: known !== null && known.seq === this.#feed.lastSeq ? JSON.stringify(known.mark) : '',
        committedThrough: known === null ? -1 : known.mark.chunk - 1,
      },
    });
  }

  /** Answer to moving this session's deadline, asked for at `sentAt`. */
  refreshed(answer: TouchAnswer, sentAt: number): void {
    if (this.#phase !== 'open') return;
    if (answer === 'ok') {
      this.#refreshedAt = sentAt;
      this.#acknowledge([]);
    } else if (answer === 'superseded') {
      if (this.#reopening) return;
      this.supersede();
    } else if (!this.#reopening) {
      this.#phase = 'closed';
      this.#error('session_closed');
      if (answer === 'unknown') this.release();
      else this.#feed.fill();
    }
  }

  /** Called several times a second: owed events, greatest length. */
  tick(now: number): void {
    if (this.#marksAhead.length > 0) this.#learnMark();
    // What was published may have been missed, also the last of it, behind which nothing comes that would show it.
    if (!this.#isOwed) this.#owedSince = null;
    else if (this.#owedSince === null) this.#owedSince = now;
    else if (now - this.#owedSince > OWED_AFTER_MS) {
      this.#owedSince = now;
      this.#feed.fill();
    }
    if (this.#phase === 'open' && !this.#tooLong && now - this.#startedAt > this.#host.maxSessionMs) {
      this.#tooLong = true;
      this.#error('session_too_long');
      this.finish();
    }
    if (this.#finishRefused && !this.#awaitsResend()) {
      this.#finishRefused = false;
      if (this.#phase === 'open') this.finish();
    }
  }

  /** Events may have been missed: look. */
  lookForEvents(): void {
    if (this.#phase !== 'attaching') this.#feed.fill();
  }

  /** Somebody has deleted the session. */
  deleted(incarnation: Stamp): void {
    if (incarnation !== this.#incarnation || this.#phase === 'over') return;
    this.#error('session_closed', 'it was deleted');
    this.release();
  }

  /** Another gateway says that it has the session now. */
  taken(epoch: Stamp): void {
    if (!this.#reopening && compareStamps(epoch, this.#epoch) > 0) this.supersede();
  }

  /** Another socket has taken the session over. */
  supersede(): void {
    if (this.#phase === 'over') return;
    this.#error('session_superseded');
    this.release();
  }

  /** This socket is done with the session. What is in flight still reaches Redis if it can. Can be called twice. */
  release(): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    this.#feed.stop();
    this.#overAt = performance.now();
    this.#host.inFlight(-this.#unsentBytes);
    this.#unsent = [];
    this.#unsentBytes = 0;
    this.#client.released(this.id);
    this.#host.logger.debug({ shard: this.shard, session: this.id }, 'session released');
  }

  #attach(what: Pick<AttachRequest, 'how' | 'restore'>): Promise<AttachAnswer> {
    const { gatewayId, redis, graceMs } = this.#host;
    const { token, userId, options } = this.#options;
    const request = { sessionId: this.id, gatewayId, tokenHash: hashToken(token), userId, options, graceMs };
    return attach(redis, this.shard, { ...what, ...request });
  }

  /** It learns of it at its next refresh at the latest; until then it would acknowledge what counts no more. */
  #tellGatewayBefore({ gatewayBefore, epoch }: AttachAnswer): void {
    if (gatewayBefore === '' || gatewayBefore === this.#host.gatewayId) return;
    const message = { kind: 'taken', sessionId: this.id, stamp: epoch, number: 0, json: '' } as const;
    this.#host.publish(gatewayBefore, message);
  }

  /**
   * A client may let go of audio only when it has all events up to the mark: should Redis lose the commit, what the
   * client has been given is in PostgreSQL, or on its way there, and its mark can be restored.
   */
  #learnMark(known?: KnownMark): void {
    if (known !== undefined) this.#marksAhead.push(known);
    while (this.#marksAhead[0] !== undefined && this.#marksAhead[0].seq <= this.#feed.lastSeq) {
      const mark = this.#marksAhead.shift() as KnownMark;
      this.#mark = mark;
      this.#committedThrough = Math.max(this.#committedThrough, mark.mark.chunk - 1);
    }
    if (this.#marksAhead.length > MARKS_AHEAD) this.#marksAhead.shift();
  }

  #attached(answer: AttachAnswer, sentAt: number): void {
    this.#incarnation = answer.incarnation;
    this.#epoch = answer.epoch;
    // What the client was told once stays told, even if Redis has forgotten it.
    this.#committedThrough = Math.max(this.#committedThrough, answer.committedThrough);
    this.#mark = null;
    this.#marksAhead = [];
    if (answer.mark !== '') this.#learnMark({ seq: answer.markSeq, mark: JSON.parse(answer.mark) as Mark });
    this.#refreshedAt = sentAt;
    if (this.#phase === 'attaching') this.#phase = answer.status === 'live' ? 'open' : 'closed';
  }

  #reopen(what: Pick<AttachRequest, 'how' | 'restore'>): void {
    if (this.#reopening || this.#phase === 'attaching' || this.#phase === 'over') return;
    this.#reopening = true;
    this.#openEpoch(what)
      .catch((error: unknown) => {
        const gone = error instanceof TributaryError && error.code === 'unknown_session';
        this.#host.logger.warn(
          { shard: this.shard, session: this.id, err: String(error) },
          'epoch not raised',
        );
        if (gone && this.#phase !== 'over') {
          this.#error('session_closed');
          this.release();
        }
      })
      .finally(() => {
        this.#reopening = false;
        // The epoch has stayed what it was.
        for (const n of this.#confirmedMeanwhile.splice(0)) {
          this.#inFlight.delete(n);
          this.#acknowledge(this.#ledger.confirm(n));
        }
      });
  }

  /**
   * Begins a new epoch. A client that can is asked to send again from the first chunk that is not used up, and nothing
   * later is taken before; for any other, what Redis has not confirmed is appended again.
   */
  async #openEpoch(what: Pick<AttachRequest, 'how' | 'restore'>): Promise<void> {
    const sentAt = performance.now();
    const finishing = this.#phase === 'finishing';
    const answer = await this.#attach(what);
    if (this.#phase === 'over') return;
    const again = [...this.#inFlight.values()];
    this.#ledger = new ChunkLedger();
    this.#inFlight.clear();
    this.#confirmedMeanwhile = [];
    this.#attached(answer, sentAt);
    if (answer.status !== 'live') {
      this.#phase = 'closed';
      this.#feed.fill();
      return;
    }
    if (this.#options.resends) {
      const next = this.#committedThrough + 1;
      this.#phase = 'open';
      this.#expected = next;
      this.#refused = { index: next, at: performance.now() };
      this.#finishRefused = finishing;
      this.#host.logger.info({ shard: this.shard, session: this.id }, 'asking the client to rewind');
      this.#tell({ type: 'rewind', session_id: this.id, next_chunk_index: next });
      return;
    }
    for (const item of again) this.#append(item);
    if (finishing && !again.some(({ kind }) => kind === 'finish')) this.#append(FINISH);
  }

  #take(item: Item & { chunkIndex: number }): void {
    const { chunkIndex, bytes } = item;
    if (bytes === 0) return this.#error('empty_chunk', undefined, { chunk_index: chunkIndex });
    if (bytes > this.#host.maxChunkBytes) {
      const detail = `${bytes} bytes, at most ${this.#host.maxChunkBytes}`;
      return this.#error('chunk_too_large', detail, { chunk_index: chunkIndex });
    }
    const finishing = this.#unsent.some(({ kind }) => kind === 'finish');
    if (this.#phase === 'finishing' || this.#phase === 'closed' || finishing) {
      return this.#error('session_closed', undefined, { chunk_index: chunkIndex });
    }
    if (this.#mustRefuse(item)) {
      this.#host.metrics.backpressure.inc({ kind: 'slow_down' });
      return this.#error('slow_down', undefined, { chunk_index: chunkIndex, retry_after_ms: SLOW_DOWN_MS });
    }
    this.#enqueue(item);
  }

  /** A chunk was asked for again, and the client still has time to send it. */
  #awaitsResend(): boolean {
    return this.#refused !== null && performance.now() - this.#refused.at < REFUSAL_LASTS_MS;
  }

  /**
   * Once a client that can send again was asked to, later chunks are refused until it does: order must hold. The chunk it
   * was asked for may be a double that it no longer keeps, so anything up to the next expected one will do.
   */
  #mustRefuse({ chunkIndex, bytes }: Item & { chunkIndex: number }): boolean {
    if (this.#refused !== null) {
      if (this.#awaitsResend() && chunkIndex > Math.max(this.#refused.index, this.#expected)) return true;
      this.#refused = null;
      this.#finishRefused = false;
    }
    if (this.#hasRoomFor(bytes)) {
      this.#expected = Math.max(this.#expected, chunkIndex + 1);
      this.#lastTaken = Math.max(this.#lastTaken ?? 0, chunkIndex);
      return false;
    }
    if (this.#options.resends) this.#refused = { index: chunkIndex, at: performance.now() };
    return true;
  }

  #hasRoomFor(bytes: number): boolean {
    const mine = this.#ledger.bytes + this.#unsentBytes;
    return mine + bytes <= this.#host.maxSessionInFlightBytes && this.#host.mayTake(bytes);
  }

  #enqueue(item: Item): void {
    if (this.#phase !== 'attaching') {
      this.#append(item);
      return;
    }
    this.#unsent.push(item);
    this.#unsentBytes += item.bytes;
    this.#host.inFlight(item.bytes);
  }

  #sendUnsent(): void {
    const items = this.#unsent;
    this.#unsent = [];
    this.#host.inFlight(-this.#unsentBytes);
    this.#unsentBytes = 0;
    for (const item of items) {
      if (this.#phase === 'closed') {
        this.#error(
          'session_closed',
          undefined,
          item.chunkIndex === null ? {} : { chunk_index: item.chunkIndex },
        );
        continue;
      }
      this.#append(item);
      if (item.kind === 'finish') this.#phase = 'finishing';
    }
  }

  #append(item: Item): void {
    const { kind, chunkIndex, payload, bytes, binary } = item;
    const ledger = this.#ledger;
    const epoch = this.#epoch;
    const { n } = ledger.add({ chunkIndex, bytes, binary, at: performance.now() });
    if (chunkIndex !== null) {
      this.#host.metrics.chunks.inc();
      this.#host.turn.chunk();
    }
    if (kind === 'audio') this.#host.metrics.chunkBytes.inc(bytes);
    this.#inFlight.set(n, item);
    this.#host.inFlight(bytes);
    const span = this.#beginAppend(item);
    const header = itemHeader(item, this.id, epoch, n, span.context);
    const wanted = (): boolean =>
      ledger === this.#ledger &&
      (this.#phase !== 'over' || performance.now() - this.#overAt < LAST_APPENDS_MS);
    this.#host.log.append(this.shard, header, payload, wanted, (appended) => {
      this.#host.inFlight(-bytes);
      span.end();
      if (appended) this.#appended(ledger, n);
    });
  }

  /** Redis has confirmed an entry. */
  #appended(ledger: ChunkLedger, n: number): void {
    // An epoch that was replaced meanwhile: its entries were appended again in the new one.
    if (ledger !== this.#ledger) return;
    // It may lie behind the control entry of the epoch that is being opened, and then counts for nothing.
    if (this.#reopening) {
      this.#confirmedMeanwhile.push(n);
      return;
    }
    this.#inFlight.delete(n);
    this.#acknowledge(ledger.confirm(n));
  }

  #beginAppend({ chunkIndex, bytes }: Item): Span {
    const { trace } = this.#options;
    if (trace === '' || chunkIndex === null) return NO_SPAN;
    const attributes = { 'tributary.session': this.id, 'tributary.shard': this.shard };
    const chunk = { 'tributary.chunk_index': chunkIndex, 'tributary.bytes': bytes };
    return this.#host.tracer.begin('append', trace, { ...attributes, ...chunk });
  }

  #acknowledge(entries: readonly LedgerEntry[]): void {
    if (this.#phase === 'over') return;
    const all = this.#withheld.length > 0 ? [...this.#withheld, ...entries] : entries;
    const now = performance.now();
    if (this.#phase === 'open' && now - this.#refreshedAt > this.#host.graceMs) {
      // The session may have been closed by its deadline; the next refresh will tell.
      this.#withheld = [...all];
      return;
    }
    if (this.#withheld.length > 0) this.#withheld = [];
    for (const { chunkIndex, binary, at } of all) {
      if (chunkIndex === null) continue;
      this.#confirmedThrough = Math.max(this.#confirmedThrough, chunkIndex);
      this.#host.metrics.ackSeconds.observe((now - at) / 1_000);
      if (binary) this.#ackAtTurnEnd(chunkIndex);
      else this.#ackChunk(chunkIndex);
    }
  }

  /** Of the binary chunks that Redis has confirmed in one answer only the last one is acknowledged. */
  #ackAtTurnEnd(chunkIndex: number): void {
    if (this.#binaryAck < 0) this.#host.turn.later(this);
    this.#binaryAck = Math.max(this.#binaryAck, chunkIndex);
  }

  turnEnded(): void {
    if (this.#phase !== 'over') this.#ackChunk(this.#binaryAck);
    this.#binaryAck = -1;
  }

  /** Written by hand, since it is said of every chunk; an id has no character that JSON would escape. */
  #ackChunk(chunkIndex: number): void {
    this.#client.send(
      `{"type":"ack","status":"received","session_id":"${this.id}","chunk_index":${chunkIndex},"committed_through":${this.#committedThrough}}`,
    );
  }

  #refuse(error: unknown): void {
    const known = error instanceof TributaryError ? error.code : 'internal';
    if (known === 'internal')
      this.#host.logger.error({ shard: this.shard, session: this.id, err: String(error) }, 'attach failed');
    if (this.#phase !== 'over') {
      this.#error(known, error instanceof TributaryError ? error.detail : undefined);
    }
    this.release();
  }

  #error(
    code: ErrorCode,
    detail?: string,
    more: { chunk_index?: number; retry_after_ms?: number } = {},
  ): void {
    this.#host.metrics.errors.inc({ code });
    this.#tell(
      errorMessage(code, { session_id: this.id, ...more, ...(detail === undefined ? {} : { detail }) }),
    );
  }

  #tell(message: ServerMessage): void {
    if (!this.#client.closed) this.#client.send(JSON.stringify(message));
  }
}
