import { type FinishReason, type Stamp, TributaryError } from '@tributary/shared';
import { decodeAlone } from '../audio/decode-alone.js';
import { isCompleteWav } from '../audio/wav-header.js';
import { SAMPLE_RATE_HZ } from '../engines/engine.js';
import type { OpenMark, SessionOutput } from './conclusion.js';
import type { Conclusions } from './conclusions.js';
import type { ContinuousStream } from './continuous-stream.js';
import type { Finalizes } from './finalizes.js';
import type { Lines } from './lines.js';
import type { SessionMarks } from './session-marks.js';
import {
  type Hole,
  nextTaken,
  type OrderEffect,
  type OrderEntry,
  type SessionOrder,
} from './session-order.js';
import { type ChunkAudio, type SpeechSessionOptions, sessionParts } from './session-parts.js';
import type { TakenChunks } from './taken-chunks.js';

export type { ChunkAudio, SpeechSessionOptions };

/** Chunks of a broken stream, and of silence between stretches, change little; the mark passes so many of them at a time. */
const CHUNKS_A_MARK = 32;
/** No chunk pins its shard's stream for longer than this, by stream time. */
const PIN_LIMIT_MS = 45_000;
/** When silence of this much more than ends a segment has ended none, there is none. */
const QUIET_EXCESS_MS = 1_000;
const NOTHING: readonly SessionOutput[] = [];

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
  readonly #lines: Lines;
  readonly #marks: SessionMarks;
  readonly #conclusions: Conclusions;
  /** The next sample of the session. */
  #sample: number;
  /** Samples of the next chunk, if it is a whole recording, that an earlier owner has concluded. */
  #skip: number;
  #playEndMs = 0;
  #finished = false;
  /** Last chunk of silence that was concluded for its own sake. */
  #quietConcluded = -1;

  constructor(options: SpeechSessionOptions) {
    this.#options = options;
    const parts = sessionParts(options);
    this.#order = parts.order;
    this.#taken = parts.taken;
    this.#stream = parts.stream;
    this.#finalizes = parts.finalizes;
    this.#lines = parts.lines;
    this.#marks = parts.marks;
    this.#conclusions = parts.conclusions;
    this.#sample = options.mark?.sample ?? 0;
    this.#skip = options.mark?.skip ?? 0;
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

  /** A gateway has opened an epoch, at `timeMs` of stream time. Returns what this leads to. */
  control(epoch: Stamp, timeMs: number): readonly SessionOutput[] {
    return this.#carryOut(this.#order.control(epoch, timeMs), timeMs);
  }

  /** A chunk, finalize or finish arrived at `timeMs` of stream time. */
  entry(entry: OrderEntry<ChunkAudio>, timeMs: number): readonly SessionOutput[] {
    return this.#carryOut(this.#order.entry(entry, timeMs), timeMs);
  }

  /** When nothing has come for so long that what did come would have been played out: cut here. */
  gap(nowMs: number): readonly SessionOutput[] {
    const { gapMs } = this.#options.options;
    if (gapMs === 0 || nowMs <= this.#playEndMs + gapMs || !this.#lines.isOpen) return NOTHING;
    this.#lines.end();
    return this.#conclusions.collect();
  }

  /**
   * Concludes what has been open for too long by stream time: a stretch whose client fell silent without a gap limit, a
   * header without audio, half a sample, audio behind a hole that was given up. The next chunk then begins a stretch, and a stream, of its own, behind the
   * rest of such a half sample. What is concluded and only waits to be committed is left alone: were it cut here
   * again and again, a slow recogniser would be given ever smaller pieces.
   */
  unpin(nowMs: number): readonly SessionOutput[] {
    const sinceMs = nowMs - PIN_LIMIT_MS;
    // As old as it is: it is concluded at once.
    const outputs = this.#carryOut(this.#order.overdue(sinceMs), sinceMs);
    const open = this.#taken.firstFrom(this.#conclusions.passed);
    if (open === undefined || open.timeMs > sinceMs) return outputs;
    const last = this.#taken.lastIndex;
    const byte = this.#stream.bytesToFrame;
    this.#endStream();
    if (this.#stream.undetermined) {
      this.#breakOff(new TributaryError('unsupported_audio', 'the audio stopped within its header'));
    }
    // A channel that an earlier owner has heard further on stays there: its audio is still to come.
    this.#stream.end(this.#sample);
    const mark = { ...this.#marks.before(last + 1, this.#sample), byte };
    if (byte > 0) this.#stream.beginAt(last + 1, byte, this.#sample);
    this.#conclusions.conclude({ kind: 'silence', mark });
    return [...outputs, ...this.#conclusions.collect()];
  }

  /** The mark's audio is durably concluded. */
  covered(mark: OpenMark): void {
    this.#taken.forgetBefore(mark.chunk);
    this.#stream.forget(mark);
    this.#finalizes.covered(mark.finalized);
  }

  get #isSeparate(): boolean {
    return this.#options.options.channels === 'separate';
  }

  #carryOut(effects: readonly OrderEffect<ChunkAudio>[], timeMs: number): readonly SessionOutput[] {
    if (effects.length === 0) return NOTHING;
    for (let i = 0; i < effects.length; i++) {
      const effect = effects[i] as OrderEffect<ChunkAudio>;
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
    return this.#conclusions.collect();
  }

  #chunk(effect: OrderEffect<ChunkAudio> & { kind: 'take' }, timeMs: number): void {
    const { index, audio, entry, gap } = effect;
    this.#taken.add({ index, id: entry.id, epoch: entry.epoch, n: entry.n, timeMs }, gap);
    const before = this.#sample;
    try {
      if ('silenceMs' in audio) this.#silence(index, audio.silenceMs);
      else this.#audio(index, audio);
    } catch (error) {
      if (!(error instanceof TributaryError)) throw error;
      this.#lines.end();
      this.#breakOff(error);
    }
    this.#skip = 0;
    this.#taken.setEnd(index, this.#sample);
    const playedMs = ((this.#sample - before) * 1_000) / SAMPLE_RATE_HZ;
    this.#playEndMs = Math.max(this.#playEndMs, timeMs) + playedMs;
    if (this.#stream.broken && index >= this.#conclusions.passed + CHUNKS_A_MARK - 1) {
      this.#conclusions.conclude({ kind: 'silence', mark: this.#marks.before(index + 1, this.#sample) });
    }
  }

  #audio(index: number, audio: Buffer): void {
    const { mode, format } = this.#options.options;
    if (mode === 'segments' || (mode === 'auto' && format === 'auto' && isCompleteWav(audio))) {
      this.#ownRecording(index, decodeAlone(audio, format, this.#isSeparate));
    } else if (!this.#stream.broken) {
      this.#hear(this.#stream.push(index, audio, this.#sample));
      // What came before it broke is heard.
      if (this.#stream.failure !== null) throw this.#stream.failure;
    }
  }

  #hear(planes: readonly Int16Array[]): void {
    const at = this.#sample;
    this.#sample += samplesOf(planes);
    this.#lines.hear(planes, at);
  }

  /** A chunk that is a recording of its own: one segment, or several when it is longer than a segment may be. */
  #ownRecording(chunk: number, decoded: readonly Int16Array[]): void {
    this.#lines.end();
    this.#leaveStream();
    const { mode } = this.#options.options;
    const begin = this.#sample - this.#skip;
    const end = begin + samplesOf(decoded);
    const isWhole = this.#skip === 0 && end - begin <= this.#options.maxSegmentSeconds * SAMPLE_RATE_HZ;
    this.#marks.recording = { chunk, begin, end };
    if (isWhole || mode === 'segments') this.#hearWhole(chunk, decoded);
    else {
      this.#hear(decoded.map((pcm) => pcm.subarray(Math.min(this.#skip, pcm.length))));
      this.#lines.end();
    }
    this.#marks.recording = null;
    this.#stream.end(this.#sample);
  }

  /** Each channel of a recording is a segment; without a single sample, the first one is. */
  #hearWhole(chunk: number, planes: readonly Int16Array[]): void {
    const begin = this.#sample;
    const samples = samplesOf(planes);
    const end = begin + samples;
    this.#sample = end;
    const lines = this.#lines.of(samples === 0 ? 1 : planes.length, begin, end);
    for (const [channel, line] of lines.entries()) {
      // An earlier owner has concluded this one.
      if (samples > 0 && line.sample >= end) continue;
      line.passTo(end);
      this.#conclusions.whole(channel, [begin, end], chunk, { pcm: planes[channel] ?? null });
    }
  }

  /**
   * A chunk of silence. It is heard by the end-pointers as far as that is needed to end what is open; the rest, and silence
   * between stretches, only lets time pass.
   */
  #silence(index: number, ms: number): void {
    if (this.#stream.broken) return;
    const from = this.#sample;
    const end = from + this.#stream.silence(index, samplesIn(ms), from);
    this.#sample = end;
    const enough = samplesIn(this.#options.options.endpointingMs + QUIET_EXCESS_MS);
    if (!this.#lines.silence(from, end, enough)) return;
    if (index < Math.max(this.#conclusions.passed, this.#quietConcluded) + CHUNKS_A_MARK - 1) return;
    this.#quietConcluded = index;
    this.#conclusions.conclude({ kind: 'silence', mark: this.#marks.at(end) });
  }

  /** The client ends the segments here, and gets one answer: an empty one, if nothing was said. */
  #finalize(entry: OrderEntry<ChunkAudio>): void {
    if (!this.#finalizes.take(entry) || this.#lines.finalize()) return;
    this.#finalizes.answer();
    const chunk = Math.max(0, this.#taken.lastIndex);
    this.#conclusions.whole(0, [this.#sample, this.#sample], chunk, { finalized: true });
  }

  /** Takes what the decoder kept back, and cuts. */
  #endStream(): void {
    const tail = this.#stream.flush();
    this.#taken.extendLast(this.#sample + samplesOf(tail));
    this.#hear(tail);
    this.#lines.end();
  }

  /** What comes next is another stream, or none. Where a channel stood further on in this one is of no more account. */
  #leaveStream(): void {
    if (this.#stream.isOpen) this.#lines.startAt(this.#sample);
    this.#stream.end(this.#sample);
  }

  /** The last chunk cannot be decoded: nothing behind it in the same stream can. */
  #breakOff(error: TributaryError): void {
    this.#leaveStream();
    if (this.#options.options.mode !== 'segments') this.#stream.breakOff();
    this.#conclusions.error(error, this.#taken.lastIndex, this.#sample);
  }

  #finish(reason: FinishReason): void {
    this.#endStream();
    // What only the end shows to be broken.
    if (this.#stream.failure !== null) this.#breakOff(this.#stream.failure);
    this.#finished = true;
    this.#conclusions.conclude({
      kind: 'end',
      body: {
        duration: Math.round((this.#sample * 1_000) / SAMPLE_RATE_HZ) / 1_000,
        chunk_count: this.#taken.count,
        lost_chunk_count: this.#taken.lost,
        ...(this.#isSeparate ? { channels: this.#lines.count } : {}),
        status: reason,
      },
      mark: this.#marks.before(this.#taken.lastIndex + 1, this.#sample),
    });
  }
}

function samplesOf(planes: readonly Int16Array[]): number {
  return planes[0]?.length ?? 0;
}

function samplesIn(ms: number): number {
  return Math.round((ms * SAMPLE_RATE_HZ) / 1_000);
}
