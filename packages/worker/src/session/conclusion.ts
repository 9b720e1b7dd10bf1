import type { EndBody, ErrorCode, Mark } from '@tributary/shared';

/** A mark without the segment index, which is known only when the conclusions before it are committed. */
export type OpenMark = Omit<Mark, 'segment'>;

/** A stretch of speech that is to be recognised. */
export interface SegmentConclusion {
  kind: 'segment';
  pcm: Int16Array;
  /** Absolute 16 kHz samples of the session. */
  startSample: number;
  endSample: number;
  firstChunk: number;
  lastChunk: number;
  /** True when a result is owed even if there is no text: the client cut this segment itself. */
  cutByClient: boolean;
  mark: OpenMark;
}

/** What a session's audio led to, in order; each moves the session's mark when it is committed. */
export type Conclusion =
  | SegmentConclusion
  /** Nothing to recognise up to the mark. */
  | { kind: 'silence'; mark: OpenMark }
  | { kind: 'error'; code: ErrorCode; detail: string; chunkIndex: number; mark: OpenMark }
  | { kind: 'end'; body: Omit<EndBody, 'segment_count'>; mark: OpenMark };
