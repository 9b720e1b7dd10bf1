import type { OpenMark } from './conclusion.js';
import type { ContinuousStream, StreamMark } from './continuous-stream.js';
import type { Finalizes } from './finalizes.js';
import type { Cut } from './line.js';
import type { Cursor } from './session-order.js';
import type { TakenChunks } from './taken-chunks.js';

/** Where an entry stands in the order. */
type Place = Pick<Cursor, 'epoch' | 'n'>;
type Border = Pick<Cut, 'channel' | 'endSample'>;

export interface SessionMarksOptions {
  order: { readonly cursor: Place };
  taken: TakenChunks;
  stream: ContinuousStream;
  finalizes: Finalizes;
  /** Where each channel stands (at a border, where it ends); null where they are mixed. */
  standing: ((border?: Border) => number[]) | null;
}

/** Says where a session can be taken up again: in its stream, in the order of its entries, and in its counts. */
export class SessionMarks {
  readonly #options: SessionMarksOptions;
  /** While effects are carried out: the next chunk or finish among them, which the order is already past. */
  ahead: Place | null = null;
  /** The recording of its own that is being cut, and its place in the session. */
  recording: { chunk: number; begin: number; end: number } | null = null;

  constructor(options: SessionMarksOptions) {
    this.#options = options;
  }

  /** Once a channel is concluded up to a border: where the one stands that is furthest behind. */
  behind(border: Border): OpenMark {
    const channels = this.#options.standing?.(border);
    if (channels === undefined) return this.#at(border.endSample);
    return { channels, ...this.#at(Math.min(...channels)) };
  }

  /** At an absolute sample that is behind all borders. */
  at(sample: number): OpenMark {
    return this.#withChannels(this.#at(sample));
  }

  /** Before a whole chunk, where a new stream begins with this sample. */
  before(chunk: number, sample: number): OpenMark {
    return this.#withChannels(this.#before(chunk, sample));
  }

  #withChannels(mark: OpenMark): OpenMark {
    const channels = this.#options.standing?.();
    return channels === undefined ? mark : { channels, ...mark };
  }

  #at(sample: number): OpenMark {
    if (this.recording !== null) {
      const { chunk, begin, end } = this.recording;
      if (sample >= end) return this.#before(chunk + 1, end);
      return { ...this.#before(chunk, end), skip: sample - begin, sample, base: sample };
    }
    const { stream, taken } = this.#options;
    const mark = stream.markAt(sample, taken.lastIndex + 1);
    return this.#place(mark.chunk, mark);
  }

  #before(chunk: number, sample: number): OpenMark {
    return this.#place(chunk, this.#options.stream.markBefore(sample));
  }

  /** With where order and counts stand just before a chunk is taken. */
  #place(chunk: number, mark: StreamMark): OpenMark {
    const { order, taken, finalizes } = this.#options;
    const record = taken.firstFrom(chunk);
    const { epoch, n } = record ?? this.ahead ?? order.cursor;
    // Chunks between this one and the one that was taken next are counted as lost when that one is taken again.
    const between = record === undefined ? 0 : record.index - chunk;
    const open: OpenMark = {
      chunk,
      epoch,
      n,
      chunks: record?.countBefore ?? taken.count,
      lostChunks: (record?.lostBefore ?? taken.lost) - between,
      ...mark,
    };
    if (finalizes.last !== undefined) open.finalized = finalizes.last;
    return open;
  }
}
