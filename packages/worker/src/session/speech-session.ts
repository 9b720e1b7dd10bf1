import {
  compareStamps,
  type FinishReason,
  type Mark,
  type SessionOptions,
  type Stamp,
  TributaryError,
} from '@tributary/shared';
import { decodeAlone } from '../audio/decode-alone.js';
import type { Endpointer } from '../audio/endpointer.js';
import { isCompleteWav } from '../audio/whole-wav.js';
import { SAMPLE_RATE_HZ } from '../engines/engine.js';
import type { Conclusion, OpenMark, SessionOutput } from './conclusion.js';
import { ContinuousStream } from './continuous-stream.js';
import { Finalizes } from './finalizes.js';
import { type Cut, Line } from './line.js';
import type { Silence } from './quiet.js';
import { SessionMarks } from './session-marks.js';
import { type Hole, type OrderEffect, type OrderEntry, SessionOrder } from './session-order.js';
import { TakenChunks } from './taken-chunks.js';

export interface SpeechSessionOptions {
  options: SessionOptions;
  /** What an earlier owner concluded, or null for a session nobody has concluded anything of. */
  mark: Mark | null;
  maxSegmentSeconds: number;
  createEndpointer(): Endpointer;
}

/** What a chunk holds. */
export type ChunkAudio = Buffer | Silence;

/** Chunks of a broken stream, and of silence between stretches, change little; the mark passes so many of them at a time. */
const CHUNKS_A_MARK = 32;
/** No chunk pins its shard's stream for longer than this, by stream time. */
const PIN_LIMIT_MS = 45_000;
/** When silence of this much more than ends a segment has ended none, there is none. */
const QUIET_EXCESS_MS = 1_000;

/**
 * The audio of one session on its way from stream entries to conclusions: put in order, decoded, cut.
 * It does no I/O and holds no clock: the same entries from the same mark always give the same conclusions,
 * which is what lets a new owner go on where another one died.
 *
 * What is open is kept in memory: at most the longest segment and the silence before it, `maxSegmentSeconds` and 5 s.
 */
export class SpeechSession {
  readonly #options: SpeechSessionOptions;
  readonly #order: SessionOrder<ChunkAudio>;
  readonly #taken: TakenChunks;
  readonly #stream: ContinuousStream;
  readonly #finalizes: Finalizes;
  readonly #marks: SessionMarks;
  readonly #line: Line;
  /** The next sample of the session. */
  #sample: number;
  /** Samples of the next chunk, if it is a whole recording, that an earlier owner has concluded. */
  #skip: number;
  /** The recording of its own that is being cut as a stream is. */
  #recording: { chunk: number; begin: number; end: number } | null = null;
  #outputs: SessionOutput[] = [];
  #playEndMs = 0;
  #finished = false;
  /** The last chunk that was carried out; -1 for none. The order may be past it. */
  #lastChunk: number;
  /** First chunk that no conclusion has passed yet. */
  #concluded: number;
  /** Last chunk of silence that was concluded for its own sake. */
  #quietConcluded = -1;

  constructor(options: SpeechSessionOptions) {
    const { mark } = options;
    this.#options = options;
    this.#order = new SessionOrder(
      mark === null
        ? { epoch: '', n: 0, lastChunk: -1 }
        : { epoch: mark.epoch, n: mark.n, lastChunk: mark.chunk - 1 },
    );
    this.#taken = new TakenChunks(mark?.chunks ?? 0, mark?.lostChunks ?? 0);
    this.#stream = new ContinuousStream(options.options, mark);
    this.#finalizes = new Finalizes(mark?.finalized);
    this.#marks = new SessionMarks({
      order: this.#order,
      taken: this.#taken,
      stream: this.#stream,
      finalizes: this.#finalizes,
    });
    this.#sample = mark?.sample ?? 0;
    this.#line = new Line({
      sample: this.#sample,
      createEndpointer: options.createEndpointer,
      behindSilence: (sample) => this.#stream.behindSilence(sample),
      hearing: (hearing) => this.#outputs.push(hearing),
      cut: (cut) => this.#cut(cut),
    });
    this.#skip = mark?.skip ?? 0;
    this.#lastChunk = (mark?.chunk ?? 0) - 1;
    this.#concluded = mark?.chunk ?? 0;
  }

  get finished(): boolean {
    return this.#finished;
  }

  get hole(): Hole | null {
    return this.#order.hole;
  }

  /** Oldest stream id among entries this session still needs; null when it needs none. */
  oldestNeeded(isOlder: (a: string, b: string) => boolean): string | null {
    let oldest = this.#taken.oldestId;
    for (const ids of [this.#order.heldIds(), this.#finalizes.ids()]) {
      for (const id of ids) if (oldest === null || isOlder(id, oldest)) oldest = id;
    }
    return oldest;
  }

  /** A gateway has opened an epoch. Returns what this leads to. */
  control(epoch: Stamp): SessionOutput[] {
    return this.#carryOut(this.#order.control(epoch), 0);
  }

  /** A chunk, finalize or finish arrived at `timeMs` of stream time. */
  entry(entry: OrderEntry<ChunkAudio>, timeMs: number): SessionOutput[] {
    return this.#carryOut(this.#order.entry(entry, timeMs), timeMs);
  }

  /** When nothing has come for so long that what did come would have been played out: cut here. */
  gap(nowMs: number): SessionOutput[] {
    const { gapMs } = this.#options.options;
    if (!this.#line.isOpen || gapMs === 0 || nowMs <= this.#playEndMs + gapMs) return [];
    this.#line.end();
    return this.#collect();
  }

  /**
   * Concludes what has been open for too long by stream time: a stretch whose client fell silent without a gap limit, a
   * header without audio, half a sample. The next chunk then begins a stretch, and a stream, of its own, behind the
   * rest of such a half sample. What is concluded and only waits to be committed is left alone: were it cut here
   * again and again, a slow recogniser would be given ever smaller pieces.
   */
  unpin(nowMs: number): SessionOutput[] {
    const open = this.#taken.firstFrom(this.#concluded);
    if (open === undefined || nowMs - open.timeMs < PIN_LIMIT_MS) return [];
    const last = this.#lastChunk;
    const byte = this.#stream.bytesToFrame;
    this.#endStream();
    if (this.#stream.undetermined) {
      this.#stream.breakOff();
      this.#conclude({
        kind: 'error',
        code: 'unsupported_audio',
        detail: 'the audio stopped within its header',
        chunkIndex: last,
        mark: this.#markBefore(last + 1),
      });
    }
    this.#stream.end(this.#sample);
    const mark = { ...this.#markBefore(last + 1), byte };
    if (byte > 0) this.#stream.beginAt(last + 1, byte, this.#sample);
    this.#conclude({ kind: 'silence', mark });
    return this.#collect();
  }

  /** The mark's audio is durably concluded. */
  covered(mark: OpenMark): void {
    this.#taken.forgetBefore(mark.chunk);
    this.#stream.forget(mark);
    this.#finalizes.covered(mark.finalized);
  }

  #collect(): SessionOutput[] {
    const outputs = this.#outputs;
    this.#outputs = [];
    return outputs;
  }

  #carryOut(effects: readonly OrderEffect<ChunkAudio>[], timeMs: number): SessionOutput[] {
    for (const [i, effect] of effects.entries()) {
      if (effect.kind === 'drop') continue;
      this.#marks.ahead = nextTaken(effects, i + 1);
      if (effect.kind === 'take') this.#chunk(effect, timeMs);
      else if (effect.kind === 'finalize') this.#finalize(effect.entry);
      else {
        this.#marks.ahead = effect.entry;
        this.#finish(effect.entry.reason);
      }
    }
    this.#marks.ahead = null;
    return this.#collect();
  }

  #conclude(conclusion: Conclusion): void {
    this.#outputs.push(conclusion);
    this.#concluded = conclusion.mark.chunk;
  }

  #chunk(effect: OrderEffect<ChunkAudio> & { kind: 'take' }, timeMs: number): void {
    const { index, audio, entry, gap } = effect;
    this.#taken.add({ index, id: entry.id, epoch: entry.epoch, n: entry.n, timeMs }, gap);
    this.#lastChunk = index;
    const before = this.#sample;
    const { mode } = this.#options.options;
    try {
      if ('silenceMs' in audio) this.#silence(index, audio.silenceMs);
      else this.#audio(index, audio);
    } catch (error) {
      if (!(error instanceof TributaryError)) throw error;
      this.#line.end();
      if (mode === 'segments') this.#stream.end(this.#sample);
      else this.#stream.breakOff();
      this.#conclude({
        kind: 'error',
        code: error.code,
        detail: error.message,
        chunkIndex: index,
        mark: this.#markBefore(index + 1),
      });
    }
    this.#skip = 0;
    this.#taken.setEnd(index, this.#sample);
    const playedMs = ((this.#sample - before) * 1_000) / SAMPLE_RATE_HZ;
    this.#playEndMs = Math.max(this.#playEndMs, timeMs) + playedMs;
    if (this.#stream.broken && index >= this.#concluded + CHUNKS_A_MARK - 1) {
      this.#conclude({ kind: 'silence', mark: this.#markBefore(index + 1) });
    }
  }

  #audio(index: number, audio: Buffer): void {
    const { mode, format } = this.#options.options;
    if (mode === 'segments' || (mode === 'auto' && format === 'auto' && isCompleteWav(audio))) {
      this.#ownSegment(index, decodeAlone(audio, format));
    } else if (!this.#stream.broken) {
      const at = this.#sample;
      const pcm = this.#stream.push(index, audio, at);
      this.#sample += pcm.length;
      this.#line.hear(pcm, at);
      // What came before it broke is heard.
      if (this.#stream.failure !== null) throw this.#stream.failure;
    }
  }

  /** A chunk that is a recording of its own: one segment, or several when it is longer than a segment may be. */
  #ownSegment(index: number, decoded: Int16Array): void {
    this.#line.end();
    this.#stream.end(this.#sample);
    const begin = this.#sample - this.#skip;
    const pcm = decoded.subarray(Math.min(this.#skip, decoded.length));
    const startSample = this.#sample;
    this.#sample += pcm.length;
    const whole = this.#skip === 0 && pcm.length <= this.#options.maxSegmentSeconds * SAMPLE_RATE_HZ;
    if (whole || this.#options.options.mode === 'segments') {
      this.#stream.end(this.#sample);
      this.#line.passTo(this.#sample);
      this.#outputs.push({ kind: 'opened', startSample, announced: false }, { kind: 'heard', pcm });
      this.#conclude({
        kind: 'segment',
        startSample,
        endSample: this.#sample,
        firstChunk: index,
        lastChunk: index,
        cutByClient: true,
        finalized: false,
        endsUtterance: false,
        mark: this.#markBefore(index + 1),
      });
      return;
    }
    this.#recording = { chunk: index, begin, end: begin + decoded.length };
    this.#line.hear(pcm, startSample);
    this.#line.end();
    this.#recording = null;
    this.#stream.end(this.#sample);
  }

  /**
   * A chunk of silence. It is heard by the end-pointer as far as that is needed to end what is open; the rest, and silence
   * between stretches, only lets time pass.
   */
  #silence(index: number, ms: number): void {
    if (this.#stream.broken) return;
    const from = this.#sample;
    const total = Math.round((ms * SAMPLE_RATE_HZ) / 1_000);
    const end = from + this.#stream.silence(index, total, from);
    this.#sample = end;
    if (this.#line.isOpen) {
      const { endpointingMs } = this.#options.options;
      const most = Math.round(((endpointingMs + QUIET_EXCESS_MS) * SAMPLE_RATE_HZ) / 1_000);
      this.#line.hear(new Int16Array(Math.min(end - from, most)), from);
      if (this.#line.isOpen && this.#line.sample === end) return;
      this.#line.end();
    }
    this.#line.passTo(end);
    if (index < Math.max(this.#concluded, this.#quietConcluded) + CHUNKS_A_MARK - 1) return;
    this.#quietConcluded = index;
    this.#conclude({ kind: 'silence', mark: this.#markAt(end) });
  }

  #cut({ kind, startSample, endSample, forced, finalized }: Cut): void {
    const mark = this.#markAt(endSample);
    if (kind === 'silence') return this.#conclude({ kind, mark });
    this.#conclude({
      kind: 'segment',
      startSample,
      endSample,
      firstChunk: this.#taken.chunkAt(startSample),
      lastChunk: this.#taken.chunkAt(endSample - 1),
      cutByClient: finalized,
      finalized,
      endsUtterance: !forced,
      mark,
    });
  }

  /** The client ends the segment here, and gets one result: an empty one, if nothing was said. */
  #finalize(entry: OrderEntry<ChunkAudio>): void {
    if (!this.#finalizes.take(entry)) return;
    if (this.#line.endsInSpeech()) return this.#line.end(true);
    this.#line.drop();
    this.#outputs.push({ kind: 'opened', startSample: this.#sample, announced: false });
    const chunk = Math.max(0, this.#lastChunk);
    this.#conclude({
      kind: 'segment',
      startSample: this.#sample,
      endSample: this.#sample,
      firstChunk: chunk,
      lastChunk: chunk,
      cutByClient: true,
      finalized: true,
      endsUtterance: false,
      mark: this.#markAt(this.#sample),
    });
  }

  /** Takes what the decoder kept back, and cuts. */
  #endStream(): void {
    const tail = this.#stream.flush();
    if (tail.length > 0) {
      const at = this.#sample;
      this.#sample += tail.length;
      this.#taken.extendLast(this.#sample);
      this.#line.hear(tail, at);
    }
    this.#line.end();
  }

  #finish(reason: FinishReason): void {
    this.#endStream();
    // What only the end shows to be broken.
    const { failure } = this.#stream;
    if (failure !== null) {
      this.#stream.breakOff();
      this.#conclude({
        kind: 'error',
        code: failure.code,
        detail: failure.message,
        chunkIndex: this.#lastChunk,
        mark: this.#markBefore(this.#lastChunk + 1),
      });
    }
    this.#finished = true;
    this.#conclude({
      kind: 'end',
      body: {
        duration: Math.round((this.#sample * 1_000) / SAMPLE_RATE_HZ) / 1_000,
        chunk_count: this.#taken.count,
        lost_chunk_count: this.#taken.lost,
        status: reason,
      },
      mark: this.#markBefore(this.#lastChunk + 1),
    });
  }

  /** The mark at an absolute sample of what is being heard. */
  #markAt(sample: number): OpenMark {
    if (this.#recording === null) return this.#marks.at(sample, this.#lastChunk + 1);
    const { chunk, begin, end } = this.#recording;
    if (sample === end) return this.#markBefore(chunk + 1);
    return { ...this.#markBefore(chunk), skip: sample - begin, sample, base: sample };
  }

  /** The mark before a whole chunk, where a new stream begins. */
  #markBefore(chunk: number): OpenMark {
    return this.#marks.before(chunk, this.#sample);
  }

  /** True when `incarnation` is older than this epoch allows; entries of such an epoch belong to an earlier session. */
  static isStale(epoch: Stamp, incarnation: Stamp): boolean {
    return compareStamps(epoch, incarnation) < 0;
  }
}

/** The first entry from this effect on that is not dropped, or null. */
function nextTaken<Audio>(effects: readonly OrderEffect<Audio>[], from: number): OrderEntry<Audio> | null {
  for (let i = from; i < effects.length; i++) {
    const effect = effects[i] as OrderEffect<Audio>;
    if (effect.kind !== 'drop') return effect.entry;
  }
  return null;
}
