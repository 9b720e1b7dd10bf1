import type { EndBody, ErrorCode, Mark } from '@tributary/shared';

/** A mark without the segment index, which is known only when the conclusions before it are committed. */
export type OpenMark = Omit<Mark, 'segment'>;

/** What of a segment is heard before it is concluded, on a channel (0 where all are mixed). Nothing of it is durable. */
export type Hearing =
  /** Speech was heard: a segment begins at this sample. `announced`: its speaker has not been told of before. */
  | { kind: 'opened'; channel: number; startSample: number; announced: boolean }
  /**
   * The next samples of the segment that was opened; perhaps some behind its end as well. `mayEnd`: these are its last
   * ones, unless the speaker goes on.
   */
  | { kind: 'heard'; channel: number; pcm: Int16Array; mayEnd: boolean }
  /** It was no speech, or the segment begins elsewhere. */
  | { kind: 'withdrawn'; channel: number };

/** A segment that was opened has ended: its samples are [startSample, endSample) of the session. */
export interface SegmentConclusion {
  kind: 'segment';
  channel: number;
  /** Absolute 16 kHz samples of the session. */
  startSample: number;
  endSample: number;
  firstChunk: number;
  lastChunk: number;
  /** True when a result is owed even if there is no text: the client cut this segment itself. */
  cutByClient: boolean;
  /** It was ended by a `finalize`. */
  finalized: boolean;
  /** False when the speaker went on, and the segment was cut for its length. */
  endsUtterance: boolean;
  mark: OpenMark;
}

/** What a session's audio led to, in order; each moves the session's mark when it is committed. */
export type Conclusion =
  | SegmentConclusion
  /** Nothing to recognise up to the mark. */
  | { kind: 'silence'; mark: OpenMark }
  | { kind: 'error'; code: ErrorCode; detail: string; chunkIndex: number; mark: OpenMark }
  | { kind: 'end'; body: Omit<EndBody, 'segment_count'>; mark: OpenMark };

export type SessionOutput = Hearing | Conclusion;
