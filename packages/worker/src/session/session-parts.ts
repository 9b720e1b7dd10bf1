import type { Mark, SessionOptions } from '@tributary/shared';
import type { Endpointer } from '../audio/endpointer.js';
import { Conclusions } from './conclusions.js';
import { ContinuousStream } from './continuous-stream.js';
import { Finalizes } from './finalizes.js';
import { Lines } from './lines.js';
import type { Silence } from './quiet.js';
import { SessionMarks } from './session-marks.js';
import { SessionOrder } from './session-order.js';
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

/** What a session is made of, as the way of its audio goes: from entries in order to conclusions. */
export interface SessionParts {
  order: SessionOrder<ChunkAudio>;
  taken: TakenChunks;
  stream: ContinuousStream;
  lines: Lines;
  finalizes: Finalizes;
  marks: SessionMarks;
  conclusions: Conclusions;
}

/** All parts as the mark has them, connected. */
export function sessionParts({ options, mark, createEndpointer }: SpeechSessionOptions): SessionParts {
  const nextChunk = mark?.chunk ?? 0;
  const order = new SessionOrder<ChunkAudio>(
    mark === null
      ? { epoch: '', n: 0, lastChunk: -1 }
      : { epoch: mark.epoch, n: mark.n, lastChunk: nextChunk - 1 },
  );
  const taken = new TakenChunks(mark?.chunks ?? 0, mark?.lostChunks ?? 0, nextChunk - 1);
  const stream = new ContinuousStream(options, mark);
  const finalizes = new Finalizes(mark?.finalized);
  const [first = mark?.sample ?? 0, ...others] = mark?.channels ?? [];
  const lines: Lines = new Lines({
    samples: [first, ...others],
    createEndpointer,
    behindSilence: (sample) => stream.behindSilence(sample),
    hearing: (hearing) => conclusions.hearing(hearing),
    cut: (cut) => {
      if (cut.finalized) finalizes.answer();
      conclusions.cut(cut);
    },
  });
  const standing = options.channels === 'separate' ? lines.standing.bind(lines) : null;
  const marks = new SessionMarks({ order, taken, stream, finalizes, standing });
  const conclusions = new Conclusions(marks, taken, nextChunk);
  return { order, taken, stream, lines, finalizes, marks, conclusions };
}
