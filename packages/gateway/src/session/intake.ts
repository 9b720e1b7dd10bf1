import type { ChunkOrder } from './chunk-order.js';
import type { ClientVoice } from './client-voice.js';
import { FINISH, type Item } from './item.js';
import type { Outbox } from './outbox.js';
import type { SessionHost } from './session-host.js';
import type { SessionPhase } from './session-phase.js';

/** What a client is told to wait before it sends a refused chunk again. */
const SLOW_DOWN_MS = 250;
/** What an entry without audio counts for among what is in flight. */
const CONTROL_BYTES = 64;

export interface IntakeParts {
  host: SessionHost;
  phase: SessionPhase;
  order: ChunkOrder;
  outbox: Outbox;
  voice: ClientVoice;
  /** Index of the client's next binary frame. */
  nextBinaryIndex: number;
  /** The client can be asked to send audio again. */
  resends: boolean;
}

/** Takes what a client says in a session, or tells it why not. */
export class Intake {
  readonly #host: SessionHost;
  readonly #phase: SessionPhase;
  readonly #order: ChunkOrder;
  readonly #outbox: Outbox;
  readonly #voice: ClientVoice;
  #resends: boolean;
  #nextBinaryIndex: number;

  constructor({ host, phase, order, outbox, voice, nextBinaryIndex, resends }: IntakeParts) {
    this.#host = host;
    this.#phase = phase;
    this.#order = order;
    this.#outbox = outbox;
    this.#voice = voice;
    this.#nextBinaryIndex = nextBinaryIndex;
    this.#resends = resends;
  }

  /** The client's next binary frame has this index. */
  numberBinaryFrom(chunkIndex: number): void {
    this.#nextBinaryIndex = chunkIndex;
  }

  /** The client, which knows how to, goes on from this chunk. */
  goOnFrom(chunkIndex: number): void {
    this.#resends = true;
    this.#order.goesOn();
    this.numberBinaryFrom(chunkIndex);
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
  finalize(after: number | null = this.#order.lastTaken): void {
    const place = after === null ? {} : { chunk_index: after };
    if (this.#takesNothing) return this.#voice.error('session_closed', 'it was finished before', place);
    if (this.#awaitsResend || !this.#hasRoomFor(CONTROL_BYTES)) {
      return this.#voice.error('slow_down', undefined, { ...place, retry_after_ms: SLOW_DOWN_MS });
    }
    const item = { payload: '', bytes: CONTROL_BYTES, binary: false } as const;
    this.#enqueue({ kind: 'finalize', chunkIndex: null, after, ...item });
  }

  /** The client has said all. */
  finish(): void {
    if (this.#phase.isFinished) return this.#voice.error('session_closed', 'it was finished before');
    if (this.#awaitsResend) {
      // What was asked for again has to come first; a client that never sends it finishes when the wait is over.
      this.#order.finishRefused = true;
      return this.#voice.error('slow_down', undefined, { retry_after_ms: SLOW_DOWN_MS });
    }
    if (this.#outbox.holdsFinish) return this.#voice.error('session_closed', 'it was finished before');
    this.#enqueue(FINISH);
    if (this.#phase.now !== 'attaching') this.#phase.now = 'finishing';
  }

  /** Called several times a second: finishes for a client that did so while it was asked for a chunk, and never sent that. */
  tick(): void {
    if (!this.#order.finishRefused || this.#awaitsResend) return;
    this.#order.finishRefused = false;
    if (this.#phase.now === 'open') this.finish();
  }

  /** The session was attached: what came before follows. */
  attached(): void {
    for (const item of this.#outbox.takeHeld()) {
      if (this.#phase.now === 'closed') {
        const place = item.chunkIndex === null ? {} : { chunk_index: item.chunkIndex };
        this.#voice.error('session_closed', undefined, place);
        continue;
      }
      this.#outbox.append(item);
      if (item.kind === 'finish') this.#phase.now = 'finishing';
    }
  }

  #take(item: Item & { chunkIndex: number }): void {
    const { chunkIndex, bytes } = item;
    const place = { chunk_index: chunkIndex };
    if (bytes === 0) return this.#voice.error('empty_chunk', undefined, place);
    if (bytes > this.#host.maxChunkBytes) {
      const detail = `${bytes} bytes, at most ${this.#host.maxChunkBytes}`;
      return this.#voice.error('chunk_too_large', detail, place);
    }
    if (this.#takesNothing) return this.#voice.error('session_closed', undefined, place);
    if (this.#mustRefuse(item)) {
      this.#host.metrics.backpressure.inc({ kind: 'slow_down' });
      return this.#voice.error('slow_down', undefined, { ...place, retry_after_ms: SLOW_DOWN_MS });
    }
    this.#enqueue(item);
  }

  get #takesNothing(): boolean {
    return this.#phase.isFinished || this.#outbox.holdsFinish;
  }

  get #awaitsResend(): boolean {
    return this.#order.awaitsResend(performance.now());
  }

  /** Order must hold, and what is in flight is bounded. */
  #mustRefuse({ chunkIndex, bytes }: Item & { chunkIndex: number }): boolean {
    const now = performance.now();
    if (!this.#order.admits(chunkIndex, now)) return true;
    if (this.#hasRoomFor(bytes)) {
      this.#order.took(chunkIndex);
      return false;
    }
    if (this.#resends) this.#order.askFor(chunkIndex, now);
    return true;
  }

  #hasRoomFor(bytes: number): boolean {
    return this.#outbox.bytes + bytes <= this.#host.maxSessionInFlightBytes && this.#host.mayTake(bytes);
  }

  #enqueue(item: Item): void {
    if (this.#phase.now === 'attaching') this.#outbox.hold(item);
    else this.#outbox.append(item);
  }
}
