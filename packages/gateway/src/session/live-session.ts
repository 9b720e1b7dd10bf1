import {
  type AttachAnswer,
  type AttachRequest,
  compareStamps,
  type Mark,
  type Stamp,
  shardOf,
  type TouchAnswer,
  TributaryError,
} from '@tributary/shared';
import { Acknowledger } from './acknowledger.js';
import { type Attaching, attachLive, tellGatewayBefore } from './attach.js';
import { ChunkOrder } from './chunk-order.js';
import { ClientVoice } from './client-voice.js';
import { Delivery } from './delivery.js';
import { Intake } from './intake.js';
import { FINISH, type Item } from './item.js';
import { KnownMarks } from './known-marks.js';
import type { LiveSessionOptions } from './live-session-options.js';
import { Outbox } from './outbox.js';
import type { SessionClient, SessionHost } from './session-host.js';
import { SessionPhase } from './session-phase.js';

/** One session on one socket: takes its chunks to Redis, acknowledges them, and gives the client its events. */
export class LiveSession {
  readonly id: string;
  readonly shard: number;
  /** What the client says is told there. */
  readonly intake: Intake;
  /** What is published for the client is told there. */
  readonly delivery: Delivery;
  readonly #host: SessionHost;
  readonly #client: SessionClient;
  readonly #voice: ClientVoice;
  readonly #outbox: Outbox;
  readonly #acknowledger: Acknowledger;
  readonly #phase = new SessionPhase();
  readonly #marks = new KnownMarks();
  readonly #order = new ChunkOrder();
  readonly #startedAt = performance.now();
  #options: LiveSessionOptions;
  #tooLong = false;
  #reopening = false;

  constructor(host: SessionHost, client: SessionClient, options: LiveSessionOptions) {
    this.id = options.sessionId;
    this.shard = shardOf(options.sessionId, host.shardCount);
    this.#host = host;
    this.#client = client;
    this.#options = options;
    this.#voice = new ClientVoice(host, client, this.id);
    this.#acknowledger = new Acknowledger(host, this.#voice, this.#marks, this.#phase);
    this.#outbox = new Outbox(host, {
      sessionId: this.id,
      shard: this.shard,
      trace: options.trace,
      confirmed: (entries) => this.#acknowledger.confirmed(entries),
    });
    this.intake = new Intake({
      host,
      phase: this.#phase,
      order: this.#order,
      outbox: this.#outbox,
      voice: this.#voice,
      nextBinaryIndex: options.nextBinaryIndex ?? 0,
      resends: options.resends,
    });
    this.delivery = new Delivery({
      host,
      client,
      voice: this.#voice,
      phase: this.#phase,
      marks: this.#marks,
      sessionId: this.id,
      shard: this.shard,
      lastSeq: options.lastSeq,
      ended: () => this.release(),
      replaced: () => this.#close(),
    });
  }

  get epoch(): Stamp {
    return this.#outbox.epoch;
  }

  /** False for one that was refused, or has not been answered yet. */
  get wasAttached(): boolean {
    return this.delivery.incarnation !== '';
  }

  /** True when the session's deadline has to be moved on: until Redis surely has all that is said in it. */
  get needsRefresh(): boolean {
    if (this.#phase.now === 'finishing') return !this.#outbox.isConfirmed || this.#acknowledger.withholds;
    return this.#phase.now === 'open';
  }

  /** Attaches the session and answers the client; what it sent meanwhile follows. */
  async open(how: 'start' | 'resume'): Promise<void> {
    const sentAt = performance.now();
    let answer: AttachAnswer;
    try {
      if (this.#options.asksFor !== null) await this.#host.checkServed(this.#options.asksFor);
      answer = await attachLive(this.#host, this.shard, this.#options, { how }, this.#attaching(''));
    } catch (error) {
      this.#refuse(error);
      return;
    }
    if (this.#phase.now === 'over') return;
    this.#attached(answer, sentAt);
    this.#host.metrics.attaches.inc({ how });
    this.#host.logger.debug({ shard: this.shard, session: this.id, how }, 'session attached');
    this.#client.attached(this.id);
    tellGatewayBefore(this.#host, this.id, answer);
    const committed = this.#marks.committedThrough;
    this.#order.expect(committed + 1);
    if (how === 'start') {
      this.#voice.started(this.#options.token);
    } else {
      // Where the client does not say how far it is, there may be a chunk more than is committed.
      this.#acknowledger.confirmedThrough = (this.#options.nextBinaryIndex ?? committed + 2) - 1;
      if (this.#options.nextBinaryIndex === null) this.intake.numberBinaryFrom(committed + 1);
      this.#voice.resumed(committed);
    }
    // What was published before this answer came had no session here to go to.
    if (how === 'resume' || answer.appendedSeq > this.delivery.lastSeq || this.#phase.now !== 'open')
      this.delivery.look();
    this.intake.attached();
    // It ended, and the client has all of it.
    if (answer.status === 'ended' && answer.appendedSeq <= this.delivery.lastSeq) this.release();
  }

  /**
   * The client goes on from a chunk on the connection that it has: frames that were refused had taken up numbers, or it was asked to
   * rewind. The epoch stays, since a new one would leave behind what is still on its way to Redis.
   *
   * @param nextBinaryIndex null: from the first chunk that is not used up
   * @returns false when it has to be attached anew
   */
  goOn(token: string, nextBinaryIndex: number | null): boolean {
    if (this.#phase.now !== 'open' || token !== this.#options.token) return false;
    const committed = this.#marks.committedThrough;
    this.#options = { ...this.#options, resends: true };
    this.intake.goOnFrom(nextBinaryIndex ?? committed + 1);
    this.#voice.resumed(committed);
    return true;
  }

  /** The worker misses an entry. While we are still repeating it that is no news; otherwise Redis has lost it. */
  hole(epoch: Stamp, n: number): void {
    if (epoch === this.epoch && !this.#outbox.isInFlight(n)) this.#reopen({ how: 'resume' });
  }

  /** Redis was started again and may have lost the session, or the last of its audio. */
  restore(): void {
    const known = this.#marks.newest;
    this.#reopen({
      how: 'restore',
      restore: {
        incarnation: this.delivery.incarnation,
        seq: this.delivery.lastSeq,
        mark: known !== null && known.seq === this.delivery.lastSeq ? JSON.stringify(known.mark) : '',
        committedThrough: known === null ? -1 : known.mark.chunk - 1,
      },
    });
  }

  /** Answer to moving this session's deadline, asked for at `sentAt`. */
  refreshed(answer: TouchAnswer, sentAt: number): void {
    if (!this.needsRefresh) return;
    if (answer === 'ok') {
      this.#acknowledger.refreshed(sentAt);
      this.#acknowledger.confirmed([]);
      return;
    }
    if (this.#reopening) return;
    if (answer === 'superseded') {
      this.supersede();
    } else if (answer === 'finished' && this.#phase.now === 'finishing') {
      this.#acknowledger.finished();
      this.#acknowledger.confirmed([]);
    } else {
      this.#phase.now = 'closed';
      this.#voice.error('session_closed');
      if (answer === 'unknown') this.release();
      else this.delivery.look();
    }
  }

  /** Called several times a second: owed events, greatest length. */
  tick(now: number): void {
    this.delivery.tick(now, this.#acknowledger.confirmedThrough);
    if (this.#phase.now === 'open' && !this.#tooLong && now - this.#startedAt > this.#host.maxSessionMs) {
      this.#tooLong = true;
      this.#voice.error('session_too_long');
      this.intake.finish();
    }
    this.intake.tick();
  }

  /** Somebody has deleted the session. */
  deleted(incarnation: Stamp): void {
    if (incarnation === this.delivery.incarnation) this.#close('it was deleted');
  }

  /** Another gateway says that it has the session now. */
  taken(epoch: Stamp): void {
    if (!this.#reopening && compareStamps(epoch, this.epoch) > 0) this.supersede();
  }

  /** Another socket has taken the session over. */
  supersede(): void {
    if (this.#phase.now === 'over') return;
    this.#voice.error('session_superseded');
    this.release();
  }

  /** This socket is done with the session. What is in flight still reaches Redis if it can. Can be called twice. */
  release(): void {
    if (this.#phase.now === 'over') return;
    this.#phase.now = 'over';
    this.delivery.stop();
    this.#acknowledger.stop();
    this.#outbox.stop();
    this.#client.released(this.id);
    this.#host.logger.debug({ shard: this.shard, session: this.id }, 'session released');
  }

  /** Redis has answered; returns what it has not confirmed of the epoch before. */
  #attached(answer: AttachAnswer, sentAt: number): Item[] {
    this.delivery.incarnation = answer.incarnation;
    // Who resumes does not say these again, and Redis may have to be told of them.
    const { options, userId } = answer;
    if (options !== '') this.#options = { ...this.#options, options, userId };
    const mark = answer.mark === '' ? null : { seq: answer.markSeq, mark: JSON.parse(answer.mark) as Mark };
    this.#marks.begin(answer.committedThrough, mark, this.delivery.lastSeq);
    this.#acknowledger.refreshed(sentAt);
    if (this.#phase.now === 'attaching') this.#phase.now = answer.status === 'live' ? 'open' : 'closed';
    return this.#outbox.begin(answer.epoch);
  }

  #attaching(held: Stamp): Attaching {
    return { held, wanted: () => this.#phase.now !== 'over' };
  }

  #reopen(what: Pick<AttachRequest, 'how' | 'restore'>): void {
    if (this.#reopening || this.#phase.now === 'attaching' || this.#phase.now === 'over') return;
    this.#reopening = true;
    this.#outbox.suspend();
    this.#openEpoch(what)
      .catch((error: unknown) => {
        const code = error instanceof TributaryError ? error.code : null;
        this.#host.logger.warn(
          { shard: this.shard, session: this.id, err: String(error) },
          'epoch not raised',
        );
        if (code === 'session_superseded') this.supersede();
        if (code === 'unknown_session') this.#close();
      })
      .finally(() => {
        this.#reopening = false;
        this.#outbox.resume();
      });
  }

  /**
   * Begins a new epoch. A client that can is asked to send again from the first chunk that is not used up, and nothing
   * later is taken before; for any other, what Redis has not confirmed is appended again.
   */
  async #openEpoch(what: Pick<AttachRequest, 'how' | 'restore'>): Promise<void> {
    const sentAt = performance.now();
    const finishing = this.#phase.now === 'finishing';
    const answer = await attachLive(this.#host, this.shard, this.#options, what, this.#attaching(this.epoch));
    if (this.#phase.now === 'over') return;
    const again = this.#attached(answer, sentAt);
    if (answer.status !== 'live') {
      this.#phase.now = 'closed';
      this.delivery.look();
      return;
    }
    if (this.#options.resends) {
      const next = this.#marks.committedThrough + 1;
      this.#phase.now = 'open';
      this.#order.expect(next);
      this.#order.askFor(next, performance.now());
      this.#order.finishRefused = finishing;
      this.#host.logger.info({ shard: this.shard, session: this.id }, 'asking the client to rewind');
      this.#voice.rewind(next);
      return;
    }
    for (const item of again) this.#outbox.append(item);
    if (finishing && !again.some(({ kind }) => kind === 'finish')) this.#outbox.append(FINISH);
  }

  /** Of this session nothing more comes. */
  #close(detail?: string): void {
    if (this.#phase.now === 'over') return;
    this.#voice.error('session_closed', detail);
    this.release();
  }

  #refuse(error: unknown): void {
    const known = error instanceof TributaryError ? error.code : 'internal';
    if (known === 'internal')
      this.#host.logger.error({ shard: this.shard, session: this.id, err: String(error) }, 'attach failed');
    if (this.#phase.now !== 'over') {
      this.#voice.error(known, error instanceof TributaryError ? error.detail : undefined);
    }
    this.release();
  }
}
