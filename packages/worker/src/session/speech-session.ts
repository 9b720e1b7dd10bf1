import {
  type AudioFormat,
  compareStamps,
  type FinishReason,
  type Mark,
  type SessionOptions,
  type Stamp,
  TributaryError,
} from '@tributary/shared';
import { detect } from '../audio/detect.js';
import type { Border, Endpointer } from '../audio/endpointer.js';
import { StreamDecoder } from '../audio/stream-decoder.js';
import { decodeWholeWav, isCompleteWav } from '../audio/whole-wav.js';
import { SAMPLE_RATE_HZ } from '../engines/engine.js';
import type { Conclusion, OpenMark } from './conclusion.js';
import { type Hole, type OrderEffect, type OrderEntry, SessionOrder } from './session-order.js';
import { TakenChunks } from './taken-chunks.js';

export interface SpeechSessionOptions {
  options: SessionOptions;
  /** What an earlier owner concluded, or null for a session nobody has concluded anything of. */
  mark: Mark | null;
  maxSegmentSeconds: number;
  createEndpointer(): Endpointer;
}

/** Chunks of a broken stream change nothing; the mark passes so many of them at a time. */
const BROKEN_CHUNKS_A_MARK = 32;
/** No chunk pins its shard's stream for longer than this, by stream time. */
const PIN_LIMIT_MS = 45_000;

/** Audio from the last border on, not yet cut. */
interface Stretch {
  endpointer: Endpointer;
  startSample: number;
  pieces: Int16Array[];
  samples: number;
}

/**
 * The audio of one session on its way from stream entries to conclusions: put in order, decoded, cut.
 * It does no I/O and holds no clock: the same entries from the same mark always give the same conclusions,
 * which is what lets a new owner go on where another one died.
 */
export class SpeechSession {
  readonly #options: SpeechSessionOptions;
  readonly #order: SessionOrder<Buffer>;
  readonly #taken: TakenChunks;
  #decoder: StreamDecoder | null = null;
  /** Absolute sample at which the stream that is being decoded began. */
  #base: number;
  #format: AudioFormat | null;
  #broken: boolean;
  #sample: number;
  /** Samples of the next chunk, if it is a whole recording, that an earlier owner has concluded. */
  #skip: number;
  #stretch: Stretch | null = null;
  #conclusions: Conclusion[] = [];
  #playEndMs = 0;
  #finished = false;
  /** First chunk that no conclusion has passed yet. */
  #concluded: number;
  /** While effects are carried out: the next chunk or finish among them, which the order is already past. */
  #ahead: OrderEntry<Buffer> | null = null;

  constructor(options: SpeechSessionOptions) {
    const { mark } = options;
    this.#options = options;
    this.#order = new SessionOrder(
      mark === null
        ? { epoch: '', n: 0, lastChunk: -1 }
        : { epoch: mark.epoch, n: mark.n, lastChunk: mark.chunk - 1 },
    );
    this.#taken = new TakenChunks(mark?.chunks ?? 0, mark?.lostChunks ?? 0);
    this.#base = mark?.base ?? 0;
    this.#format = mark?.format ?? null;
    this.#broken = mark?.broken ?? false;
    this.#sample = mark?.sample ?? 0;
    this.#skip = mark?.skip ?? 0;
    this.#concluded = mark?.chunk ?? 0;
    // At the beginning of a stream the first chunk decides, here as it did for the earlier owner.
    if (mark !== null && !mark.broken && (mark.byte > 0 || mark.frame > 0 || mark.sample > mark.base)) {
      this.#decoder = this.#openDecoder({
        chunk: mark.chunk,
        byte: mark.byte,
        skip: mark.skip,
        frame: mark.frame,
        sample: mark.sample - mark.base,
        format: mark.format,
        ...(mark.dataEnd === undefined ? {} : { dataEnd: mark.dataEnd }),
      });
    }
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
    for (const id of this.#order.heldIds()) if (oldest === null || isOlder(id, oldest)) oldest = id;
    return oldest;
  }

  /** A gateway has opened an epoch. Returns the conclusions this leads to. */
  control(epoch: Stamp): Conclusion[] {
    return this.#carryOut(this.#order.control(epoch), 0);
  }

  /** A chunk or finish arrived at `timeMs` of stream time. */
  entry(entry: OrderEntry<Buffer>, timeMs: number): Conclusion[] {
    return this.#carryOut(this.#order.entry(entry, timeMs), timeMs);
  }

  /** When nothing has come for so long that what did come would have been played out: cut here. */
  gap(nowMs: number): Conclusion[] {
    const { gapMs } = this.#options.options;
    if (this.#stretch === null || gapMs === 0 || nowMs <= this.#playEndMs + gapMs) return [];
    this.#endStretch();
    return this.#collect();
  }

  /**
   * Concludes what has been open for too long by stream time: a stretch whose client fell silent without a gap limit, a
   * header without audio, half a sample. The next chunk then begins a stretch, and a stream, of its own, behind the
   * rest of such a half sample. What is concluded and only waits to be committed is left alone: were it cut here
   * again and again, a slow recogniser would be given ever smaller pieces.
   */
  unpin(nowMs: number): Conclusion[] {
    const open = this.#taken.firstFrom(this.#concluded);
    if (open === undefined || nowMs - open.timeMs < PIN_LIMIT_MS) return [];
    const last = this.#order.cursor.lastChunk;
    const byte = this.#decoder?.bytesToFrame ?? 0;
    this.#endStream();
    if (this.#decoder !== null && this.#decoder.format === null) {
      this.#broken = true;
      this.#conclude({
        kind: 'error',
        code: 'unsupported_audio',
        detail: 'the audio stopped within its header',
        chunkIndex: last,
        mark: this.#markBefore(last + 1),
      });
    }
    this.#decoder = null;
    const mark = { ...this.#markBefore(last + 1), byte };
    if (byte > 0) {
      const { chunk, skip, frame, format } = mark;
      this.#base = this.#sample;
      this.#decoder = this.#openDecoder({ chunk, byte, skip, frame, sample: 0, format });
    }
    this.#conclude({ kind: 'silence', mark });
    return this.#collect();
  }

  /** The mark's audio is durably concluded. */
  covered(mark: OpenMark): void {
    this.#taken.forgetBefore(mark.chunk);
    if (this.#decoder !== null && mark.base === this.#base) this.#decoder.forget(mark.sample - mark.base);
  }

  #collect(): Conclusion[] {
    const conclusions = this.#conclusions;
    this.#conclusions = [];
    return conclusions;
  }

  #carryOut(effects: readonly OrderEffect<Buffer>[], timeMs: number): Conclusion[] {
    effects.forEach((effect, i) => {
      if (effect.kind === 'take') {
        this.#ahead = effects.find((next, j) => j > i && next.kind !== 'drop')?.entry ?? null;
        this.#chunk(effect, timeMs);
      } else if (effect.kind === 'finish') {
        this.#ahead = effect.entry;
        this.#finish(effect.entry.reason);
      }
    });
    this.#ahead = null;
    return this.#collect();
  }

  #conclude(conclusion: Conclusion): void {
    this.#conclusions.push(conclusion);
    this.#concluded = conclusion.mark.chunk;
  }

  #chunk(effect: OrderEffect<Buffer> & { kind: 'take' }, timeMs: number): void {
    const { index, audio, entry, gap } = effect;
    this.#taken.add({ index, id: entry.id, epoch: entry.epoch, n: entry.n, timeMs }, gap);
    const before = this.#sample;
    const { mode, format } = this.#options.options;
    try {
      if (mode === 'segments') this.#ownSegment(index, this.#decodeAlone(audio));
      else if (mode === 'auto' && format === 'auto' && isCompleteWav(audio)) {
        this.#ownSegment(index, decodeWholeWav(audio));
      } else if (!this.#broken) this.#stream(index, audio);
    } catch (error) {
      if (!(error instanceof TributaryError)) throw error;
      this.#endStretch();
      this.#decoder = null;
      this.#broken = mode !== 'segments';
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
    if (this.#broken && index >= this.#concluded + BROKEN_CHUNKS_A_MARK - 1) {
      this.#conclude({ kind: 'silence', mark: this.#markBefore(index + 1) });
    }
  }

  #decodeAlone(audio: Buffer): Int16Array {
    const { format } = this.#options.options;
    if (format === 'auto' && isCompleteWav(audio)) return decodeWholeWav(audio);
    const decoder = new StreamDecoder({ format });
    const body = decoder.push(0, audio);
    const tail = decoder.flush();
    return tail.length === 0 ? body : concat([body, tail], body.length + tail.length);
  }

  /** A chunk that is a recording of its own: one segment, or several when it is longer than a segment may be. */
  #ownSegment(index: number, decoded: Int16Array): void {
    this.#endStretch();
    this.#decoder = null;
    const pcm = decoded.subarray(Math.min(this.#skip, decoded.length));
    const whole = this.#skip === 0 && pcm.length <= this.#options.maxSegmentSeconds * SAMPLE_RATE_HZ;
    if (whole || this.#options.options.mode === 'segments') {
      const startSample = this.#sample;
      this.#sample += pcm.length;
      this.#base = this.#sample;
      this.#conclude({
        kind: 'segment',
        pcm,
        startSample,
        endSample: this.#sample,
        firstChunk: index,
        lastChunk: index,
        cutByClient: true,
        mark: this.#markBefore(index + 1),
      });
      return;
    }
    const begin = this.#sample - this.#skip;
    const markInside = (sample: number): OpenMark => ({
      ...this.#markBefore(index),
      skip: sample - begin,
      sample,
      base: sample,
    });
    this.#feed(pcm, (sample) =>
      sample === begin + decoded.length ? this.#markBefore(index + 1) : markInside(sample),
    );
    this.#endStretch(() => this.#markBefore(index + 1));
    this.#base = this.#sample;
  }

  #stream(index: number, audio: Buffer): void {
    if (this.#decoder === null) {
      if (audio.length === 0) return;
      this.#base = this.#sample;
      // A stream that goes on after a recording of its own keeps its format, unless it says otherwise.
      const saysOtherwise = this.#options.options.format === 'auto' && detect(audio) === 'wav';
      const known = saysOtherwise ? null : this.#format;
      this.#decoder = this.#openDecoder(
        known === null ? null : { chunk: index, byte: 0, skip: 0, frame: 0, sample: 0, format: known },
      );
    }
    const pcm = this.#decoder.push(index, audio);
    this.#format = this.#decoder.format;
    this.#feed(pcm, (sample) => this.#markAt(sample));
  }

  #openDecoder(from: ReturnType<StreamDecoder['positionOf']> | null): StreamDecoder {
    const { format, mode } = this.#options.options;
    return new StreamDecoder({
      format,
      stripRepeatedHeaders: mode === 'stream',
      ...(from === null ? {} : { from }),
    });
  }

  #feed(pcm: Int16Array, markAt: (sample: number) => OpenMark): void {
    if (pcm.length === 0) return;
    this.#sample += pcm.length;
    let rest = pcm;
    while (rest.length > 0) {
      this.#stretch ??= {
        endpointer: this.#options.createEndpointer(),
        startSample: this.#sample - rest.length,
        pieces: [],
        samples: 0,
      };
      const stretch: Stretch = this.#stretch;
      stretch.pieces.push(rest);
      stretch.samples += rest.length;
      const border = stretch.endpointer.push(rest);
      if (border === null) return;
      const all = concat(stretch.pieces, stretch.samples);
      this.#cut(stretch, border, all, markAt);
      rest = all.subarray(border.end);
      this.#stretch = null;
    }
  }

  /** Cuts here: what is open becomes a segment, or is silence. */
  #endStretch(markAt: (sample: number) => OpenMark = (sample) => this.#markAt(sample)): void {
    const stretch = this.#stretch;
    if (stretch === null) return;
    this.#stretch = null;
    const border = stretch.endpointer.flush();
    if (border === null) return;
    this.#cut(stretch, border, concat(stretch.pieces, stretch.samples), markAt);
  }

  #cut(stretch: Stretch, border: Border, pcm: Int16Array, markAt: (sample: number) => OpenMark): void {
    const startSample = stretch.startSample + border.start;
    const endSample = stretch.startSample + border.end;
    const mark = markAt(endSample);
    if (border.kind === 'silence') {
      this.#conclude({ kind: 'silence', mark });
      return;
    }
    this.#conclude({
      kind: 'segment',
      pcm: pcm.slice(border.start, border.end),
      startSample,
      endSample,
      firstChunk: this.#taken.chunkAt(startSample),
      lastChunk: this.#taken.chunkAt(endSample - 1),
      cutByClient: false,
      mark,
    });
  }

  /** Takes what the decoder kept back, and cuts. */
  #endStream(): void {
    if (this.#decoder !== null) {
      const tail = this.#decoder.flush();
      this.#taken.extendLast(this.#sample + tail.length);
      this.#feed(tail, (sample) => this.#markAt(sample));
    }
    this.#endStretch();
  }

  #finish(reason: FinishReason): void {
    this.#endStream();
    this.#finished = true;
    this.#conclude({
      kind: 'end',
      body: {
        duration: Math.round((this.#sample * 1_000) / SAMPLE_RATE_HZ) / 1_000,
        chunk_count: this.#taken.count,
        lost_chunk_count: this.#taken.lost,
        status: reason,
      },
      mark: this.#markBefore(this.#order.cursor.lastChunk + 1),
    });
  }

  /** The mark at an absolute sample of the stream that is being decoded. */
  #markAt(sample: number): OpenMark {
    if (this.#decoder === null) return this.#markBefore(this.#order.cursor.lastChunk + 1);
    const position = this.#decoder.positionOf(Math.min(sample - this.#base, this.#decoder.sample));
    return {
      ...this.#place(position.chunk),
      byte: position.byte,
      skip: position.skip,
      frame: position.frame,
      sample,
      base: this.#base,
      format: position.format,
      ...(position.dataEnd === undefined ? {} : { dataEnd: position.dataEnd }),
      broken: this.#broken,
    };
  }

  /** The mark before a whole chunk, where a new stream begins. */
  #markBefore(chunk: number): OpenMark {
    return {
      ...this.#place(chunk),
      byte: 0,
      skip: 0,
      frame: 0,
      sample: this.#sample,
      base: this.#sample,
      format: this.#format,
      broken: this.#broken,
    };
  }

  /** Where order and counts stand just before a chunk is taken. */
  #place(chunk: number): Pick<OpenMark, 'chunk' | 'epoch' | 'n' | 'chunks' | 'lostChunks'> {
    const record = this.#taken.firstFrom(chunk);
    const { epoch, n } = record ?? this.#ahead ?? this.#order.cursor;
    // Chunks between this one and the one that was taken next are counted as lost when that one is taken again.
    const between = record === undefined ? 0 : record.index - chunk;
    return {
      chunk,
      epoch,
      n,
      chunks: record?.countBefore ?? this.#taken.count,
      lostChunks: (record?.lostBefore ?? this.#taken.lost) - between,
    };
  }

  /** True when `incarnation` is older than this epoch allows; entries of such an epoch belong to an earlier session. */
  static isStale(epoch: Stamp, incarnation: Stamp): boolean {
    return compareStamps(epoch, incarnation) < 0;
  }
}

function concat(pieces: readonly Int16Array[], samples: number): Int16Array {
  if (pieces.length === 1) return pieces[0] as Int16Array;
  const all = new Int16Array(samples);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
