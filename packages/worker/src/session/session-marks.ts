import type { OpenMark } from './conclusion.js';
import type { ContinuousStream, StreamMark } from './continuous-stream.js';
import type { Finalizes } from './finalizes.js';
import type { Cursor } from './session-order.js';
import type { TakenChunks } from './taken-chunks.js';

/** Where an entry stands in the order. */
type Place = Pick<Cursor, 'epoch' | 'n'>;

export interface SessionMarksOptions {
  order: { readonly cursor: Place };
  taken: TakenChunks;
  stream: ContinuousStream;
  finalizes: Finalizes;
}

/** Says where a session can be taken up again: in its stream, in the order of its entries, and in its counts. */
export class SessionMarks {
  readonly #options: SessionMarksOptions;
  /** While effects are carried out: the next chunk or finish among them, which the order is already past. */
  ahead: Place | null = null;

  constructor(options: SessionMarksOptions) {
    this.#options = options;
  }

  /** At an absolute sample of the stream that is being decoded; `next` is the first chunk that was not taken. */
  at(sample: number, next: number): OpenMark {
    const { chunk, ...mark } = this.#options.stream.markAt(sample, next);
    return this.#place(chunk, mark);
  }

  /** Before a whole chunk, where a new stream begins with this sample. */
  before(chunk: number, sample: number): OpenMark {
    return this.#place(chunk, this.#options.stream.markBefore(sample));
  }

  /** With where order and counts stand just before a chunk is taken. */
  #place(chunk: number, mark: StreamMark): OpenMark {
    const { order, taken, finalizes } = this.#options;
    const record = taken.firstFrom(chunk);
    const { epoch, n } = record ?? this.ahead ?? order.cursor;
    // Chunks between this one and the one that was taken next are counted as lost when that one is taken again.
    const between = record === undefined ? 0 : record.index - chunk;
    const finalized = finalizes.last;
    return {
      ...mark,
      chunk,
      epoch,
      n,
      chunks: record?.countBefore ?? taken.count,
      lostChunks: (record?.lostBefore ?? taken.lost) - between,
      ...(finalized === undefined ? {} : { finalized }),
    };
  }
}
