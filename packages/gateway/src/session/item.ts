import {
  audioHeader,
  finalizeHeader,
  finishHeader,
  type Stamp,
  silenceHeader,
  type TraceContext,
} from '@tributary/shared';

/** One thing that a client has said, kept until Redis has confirmed it. */
export type Item = {
  payload: Buffer | string;
  /** What it counts for among what is in flight. */
  bytes: number;
  /** Came without an index: acknowledged cumulatively. */
  binary: boolean;
} & (
  | { kind: 'audio' | 'silence'; chunkIndex: number }
  | { kind: 'finalize'; chunkIndex: null; after: number | null }
  | { kind: 'finish'; chunkIndex: null }
);

export const FINISH: Item = {
  kind: 'finish',
  chunkIndex: null,
  payload: 'completed',
  bytes: 0,
  binary: false,
};

/** Header of the item's entry in the audio stream. */
export function itemHeader(
  item: Item,
  sessionId: string,
  epoch: Stamp,
  n: number,
  trace: TraceContext,
): string {
  switch (item.kind) {
    case 'audio':
      return audioHeader(sessionId, epoch, n, item.chunkIndex, trace);
    case 'silence':
      return silenceHeader(sessionId, epoch, n, item.chunkIndex);
    case 'finalize':
      return finalizeHeader(sessionId, epoch, n, item.after);
    case 'finish':
      return finishHeader(sessionId, epoch, n);
  }
}
