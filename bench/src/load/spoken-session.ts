import type { ChunkResult, ErrorMessage, FinalResult, ReceivedAck, ServerMessage } from '@tributary/shared';
import { wordErrors } from '@tributary/testkit';
import type { Complaint, ComplaintKind } from './complaint.js';
import type { LoadPlan } from './load-messages.js';
import type { Recorder } from './recorder.js';
import { SentTimes } from './sent-times.js';
import { SessionJudge } from './session-judge.js';
import { SpeechClock } from './speech-clock.js';
import { FORMAT, SAMPLE_RATE_HZ, type Utterance } from './utterance.js';

export interface SpokenSessionHost {
  readonly plan: LoadPlan;
  readonly recorder: Recorder;
  send(data: string | Buffer): void;
  /** Calls `speak` again then. */
  wakeAt(atMs: number): void;
  /** It is over, well or not. */
  ended(session: SpokenSession): void;
  /** The server has no room for it now. */
  refused(session: SpokenSession, retryAfterMs: number | undefined): void;
  moveElsewhere(): void;
}

/** Chunks that may be on their way to a server that takes them as fast as it can: with `-pace 0`, and behind a refusal. */
const WINDOW_CHUNKS = 32;
const SLOW_DOWN_MS = 250;

/** One session as a client sees it: speaks, counts, judges, and goes on where it was after the socket broke. */
export class SpokenSession {
  readonly id: string;
  readonly #host: SpokenSessionHost;
  readonly #utterance: Utterance;
  readonly #judge: SessionJudge;
  readonly #samplesPerChunk: number;
  readonly #token: string;
  readonly #sentTimes = new SentTimes();
  readonly #clock: SpeechClock;
  readonly #askedAt = performance.now();
  #phase: 'starting' | 'speaking' | 'resuming' | 'finishing' | 'over' = 'starting';
  #chunks: number;
  /** When chunk 0 is due. */
  #baseMs = 0;
  #next = 0;
  /** Behind the last chunk that was ever sent. */
  #sent = 0;
  #ackedThrough = -1;
  #finishedAt = 0;
  #heldUntilMs = 0;
  /** Binary frames that were refused have taken up numbers: a `resume` is to put them back. */
  #renumbers = false;
  /** Only so much may be on its way. What became due behind a refusal would otherwise be refused again, most of it. */
  #hasWindow: boolean;
  /** Where binary frames go on after the `resume` that is under way; null: where the server says. */
  #resumesFrom: number | null = null;

  constructor(host: SpokenSessionHost, id: string, token: string, utterance: Utterance, exact: boolean) {
    this.#host = host;
    this.#hasWindow = host.plan.pace === 0;
    this.id = id;
    this.#token = token;
    this.#utterance = utterance;
    this.#samplesPerChunk = (SAMPLE_RATE_HZ * host.plan.chunkMs) / 1_000;
    this.#chunks = Math.ceil(utterance.samples / this.#samplesPerChunk);
    this.#judge = new SessionJudge(utterance, this.#samplesPerChunk, exact);
    this.#clock = new SpeechClock(utterance.words, this.#samplesPerChunk, this.#sentTimes, host.recorder);
  }

  /** The moment by which it should have ended, once it has said all; 0 before. */
  get overdueAtMs(): number {
    return this.#finishedAt === 0 ? 0 : this.#finishedAt + this.#host.plan.finishMs;
  }

  /** The socket is open: begin, or go on. */
  connected(): void {
    if (this.#phase === 'starting') {
      this.#tell({
        action: 'start',
        session_id: this.id,
        resume_token: this.#token,
        user_id: 'bench',
        mode: 'stream',
        format: FORMAT,
        interim_results: this.#host.plan.interim,
        // A machine that stalls must not change where segments end.
        gap_ms: 0,
      });
    } else if (this.#phase !== 'over') {
      this.#resume(null);
    }
  }

  /** Sends what is due, and says when it wants to be called again. */
  speak(nowMs: number): void {
    if (this.#phase !== 'speaking') return;
    const { pace, chunkMs } = this.#host.plan;
    if (nowMs < this.#heldUntilMs) return this.#host.wakeAt(this.#heldUntilMs);
    if (this.#renumbers) return this.#resume(this.#next);
    const everyMs = pace === 0 ? 0 : chunkMs / pace;
    while (this.#next < this.#chunks) {
      if (this.#hasWindow && this.#next - this.#ackedThrough > WINDOW_CHUNKS) return;
      const dueMs = pace === 0 ? nowMs : this.#baseMs + this.#next * everyMs;
      if (dueMs > nowMs) {
        this.#hasWindow = false;
        return this.#host.wakeAt(dueMs);
      }
      this.#sendChunk(this.#next++, dueMs, nowMs);
    }
    this.#phase = 'finishing';
    this.#finishedAt = nowMs;
    this.#tell({ action: 'finish', session_id: this.id });
  }

  /** Ends the speech as soon as its words allow. */
  cutShort(): void {
    const sample = this.#utterance.endAfter(Math.max(1, this.#sent) * this.#samplesPerChunk);
    this.#chunks = Math.min(this.#chunks, Math.max(this.#sent, Math.ceil(sample / this.#samplesPerChunk), 1));
    if (this.#phase === 'speaking') this.#host.wakeAt(performance.now());
  }

  message(message: ServerMessage): void {
    if (this.#phase === 'over') return;
    switch (message.type) {
      case 'ack':
        if (message.status === 'received') return this.#acked(message);
        if (message.status === 'session_started') return this.#started();
        if (message.status === 'session_resumed')
          this.#resumed(message.next_chunk_index, message.committed_through);
        return;
      case 'chunk_result':
        return this.#result(message);
      case 'final_result':
        return this.#final(message);
      case 'rewind':
        return this.#rewind(message.next_chunk_index);
      case 'error':
        return this.#error(message);
      case 'reconnect':
        return this.#host.moveElsewhere();
      case 'partial_result':
        return this.#clock.interim(message.text, this.#sent);
      case 'speech_started':
      case 'utterance_end':
        return;
    }
  }

  /** It has not ended in time, or will never. */
  giveUp(kind: ComplaintKind, detail: string): void {
    if (this.#phase === 'over') return;
    this.#complain([{ kind, detail }]);
    this.#end();
  }

  #started(): void {
    if (this.#phase !== 'starting') return;
    const { recorder, plan } = this.#host;
    const now = performance.now();
    recorder.time('start', now - this.#askedAt);
    recorder.counts.sessionsStarted++;
    recorder.counts.openSessions++;
    this.#phase = 'speaking';
    // Spread evenly: people do not begin in step.
    this.#baseMs = now + Math.random() * plan.chunkMs;
    this.#host.wakeAt(plan.pace === 0 ? now : this.#baseMs);
  }

  /** @param from the number of the next binary frame; null: the first chunk that is not used up */
  #resume(from: number | null): void {
    this.#phase = 'resuming';
    this.#renumbers = false;
    this.#resumesFrom = from;
    this.#tell({
      action: 'resume',
      session_id: this.id,
      resume_token: this.#token,
      last_seq: this.#judge.lastSeq,
      ...(from === null ? {} : { next_chunk_index: from }),
    });
  }

  #resumed(nextChunkIndex: number, committedThrough: number): void {
    this.#complain(this.#judge.committed(committedThrough, this.#sent));
    this.#goOnFrom(this.#resumesFrom ?? nextChunkIndex);
  }

  #rewind(nextChunkIndex: number): void {
    const { plan, recorder } = this.#host;
    recorder.counts.rewinds++;
    if (plan.binary) this.#resume(nextChunkIndex);
    else this.#goOnFrom(nextChunkIndex);
  }

  #goOnFrom(index: number): void {
    if (index > this.#sent)
      this.#complain([{ kind: 'wrong_ack', detail: `to go on with chunk ${index} of ${this.#sent} sent` }]);
    this.#next = Math.min(index, this.#sent);
    // Those behind are acknowledged again; none may be left out.
    this.#ackedThrough = Math.min(this.#ackedThrough, this.#next - 1);
    this.#phase = 'speaking';
    this.#host.wakeAt(performance.now());
  }

  #sendChunk(index: number, dueMs: number, nowMs: number): void {
    const { plan, recorder } = this.#host;
    const from = index * this.#samplesPerChunk;
    const audio = this.#utterance.slice(from, from + this.#samplesPerChunk);
    if (index >= this.#sent) {
      this.#sent = index + 1;
      recorder.time('send', nowMs - dueMs);
    }
    this.#sentTimes.set(index, dueMs);
    recorder.counts.chunksSent++;
    if (plan.binary) return this.#host.send(audio);
    const data = audio.toString('base64');
    this.#host.send(
      `{"action":"chunk","session_id":"${this.id}","chunk_index":${index},"audio_data":"${data}"}`,
    );
  }

  #acked({ chunk_index: index, committed_through: committed }: ReceivedAck): void {
    const { plan } = this.#host;
    if (index >= this.#sent)
      return this.#complain([{ kind: 'wrong_ack', detail: `chunk ${index} of ${this.#sent} sent` }]);
    this.#complain(this.#judge.committed(committed, this.#sent));
    if (!plan.binary && index > this.#ackedThrough + 1)
      this.#complain([{ kind: 'missing_ack', detail: `chunk ${index} after ${this.#ackedThrough}` }]);
    if (!plan.binary && index <= this.#ackedThrough)
      this.#complain([{ kind: 'wrong_ack', detail: `chunk ${index} again` }]);
    const now = performance.now();
    for (let i = this.#ackedThrough + 1; i <= index; i++) this.#timeAck(i, now);
    this.#ackedThrough = Math.max(this.#ackedThrough, index);
    if (this.#hasWindow && this.#phase === 'speaking') this.speak(now);
  }

  #timeAck(index: number, now: number): void {
    const { recorder } = this.#host;
    recorder.counts.chunksAcked++;
    const dueMs = this.#sentTimes.get(index);
    if (dueMs === undefined) return;
    recorder.time('ack', now - dueMs);
    if (this.#isLate(now - dueMs))
      this.#complain([{ kind: 'late_ack', detail: `chunk ${index} after ${Math.round(now - dueMs)} ms` }]);
  }

  /** A result or acknowledgement that took so long is a failure. */
  #isLate(tookMs: number): boolean {
    const { plan, recorder } = this.#host;
    return recorder.phase === 'measured' && plan.lateMs > 0 && tookMs > plan.lateMs;
  }

  #result(message: ChunkResult): void {
    const { recorder } = this.#host;
    const now = performance.now();
    recorder.counts.segments++;
    this.#complain(this.#judge.result(message, this.#sent, this.#phase === 'finishing'));
    this.#clock.segment(message.end, this.#sent);
    const dueMs = this.#sentTimes.get(message.chunk_index);
    if (dueMs === undefined) return;
    // The last segment is cut by the finish; where its last chunk was sent again, that is later than it was due.
    recorder.time('result', now - dueMs);
    if (this.#isLate(now - dueMs)) {
      const detail = `segment ${message.segment_index} after ${Math.round(now - dueMs)} ms`;
      this.#complain([{ kind: 'late_result', detail }]);
    }
    this.#sentTimes.forget(Math.min(message.chunk_index, this.#ackedThrough));
  }

  #final(message: FinalResult): void {
    const { plan, recorder } = this.#host;
    this.#complain(this.#judge.final(message, this.#sent));
    // Binary frames are acknowledged together, several times a second; the end says as much.
    if (this.#ackedThrough < this.#sent - 1 && !plan.binary)
      this.#complain([{ kind: 'missing_ack', detail: `${this.#ackedThrough + 1} of ${this.#sent} chunks` }]);
    recorder.counts.chunksAcked += this.#sent - 1 - this.#ackedThrough;
    const now = performance.now();
    recorder.time('final', now - this.#finishedAt);
    recorder.counts.sessionsCompleted++;
    const reference = this.#utterance.reference(this.#sent * this.#samplesPerChunk);
    if (reference !== null) {
      const { errors, words } = wordErrors(reference, message.text);
      recorder.counts.wordErrors += errors;
      recorder.counts.words += words;
    }
    this.#end();
  }

  #error(message: ErrorMessage): void {
    const { recorder } = this.#host;
    const { code, chunk_index: index, retry_after_ms: retryAfterMs } = message;
    if (code === 'overloaded' && this.#phase === 'starting') {
      recorder.counts.refusedStarts++;
      this.#phase = 'over';
      return this.#host.refused(this, retryAfterMs);
    }
    if (code === 'slow_down') {
      recorder.counts.slowedDown++;
      this.#heldUntilMs = performance.now() + (retryAfterMs ?? SLOW_DOWN_MS);
      if (index !== undefined) this.#next = Math.min(this.#next, index);
      this.#renumbers = this.#host.plan.binary;
      this.#hasWindow = true;
      if (this.#phase === 'finishing') this.#phase = 'speaking';
      return this.#host.wakeAt(this.#heldUntilMs);
    }
    recorder.error(code);
    this.giveUp('error', code);
  }

  #complain(complaints: readonly Complaint[]): void {
    if (complaints.length > 0) this.#host.recorder.complain(this.id, complaints);
  }

  #end(): void {
    if (this.#phase !== 'starting') this.#host.recorder.counts.openSessions--;
    this.#phase = 'over';
    this.#host.ended(this);
  }

  #tell(message: object): void {
    this.#host.send(JSON.stringify(message));
  }
}
