import { type ChunkResult, type FinalResult, joinText } from '@tributary/shared';
import { syntheticText } from '@tributary/worker';
import type { Complaint, ComplaintKind } from './complaint.js';
import { SAMPLE_RATE_HZ, type Utterance } from './utterance.js';

/** The synthetic recogniser ends a segment after so many samples. */
export const SAMPLES_PER_SEGMENT = SAMPLE_RATE_HZ;

/**
 * Knows what one session must get, and says what is wrong with what it does get. With the synthetic recogniser that is
 * every text and every place; with a real one the order, the numbers and the final text's agreement with the segments.
 * No I/O.
 */
export class SessionJudge {
  readonly #utterance: Utterance;
  readonly #samplesPerChunk: number;
  readonly #exact: boolean;
  #lastSeq = 0;
  #segments = 0;
  #committed = -1;
  readonly #texts: string[] = [];

  constructor(utterance: Utterance, samplesPerChunk: number, exact: boolean) {
    this.#utterance = utterance;
    this.#samplesPerChunk = samplesPerChunk;
    this.#exact = exact;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  get segments(): number {
    return this.#segments;
  }

  /**
   * A segment came.
   *
   * @param sentChunks chunks sent so far; audio that was not sent cannot have been recognised
   */
  result(message: ChunkResult, sentChunks: number, finished: boolean): Complaint[] {
    const wrong: Complaint[] = [];
    const say = (kind: ComplaintKind, detail: string): void => void wrong.push({ kind, detail });
    if (!this.#inOrder(message, say)) return wrong;
    if (message.segment_index !== this.#segments)
      say('wrong_place', `segment_index ${message.segment_index} for segment ${this.#segments}`);
    const segment = this.#segments++;
    this.#texts.push(message.text);
    if (this.#exact) this.#compare(message, segment, sentChunks, finished, say);
    return wrong;
  }

  /** The end came. */
  final(message: FinalResult, sentChunks: number): Complaint[] {
    const wrong: Complaint[] = [];
    const say = (kind: ComplaintKind, detail: string): void => void wrong.push({ kind, detail });
    if (!this.#inOrder(message, say)) return wrong;
    const samples = sentChunks * this.#samplesPerChunk;
    const segments = Math.ceil(samples / SAMPLES_PER_SEGMENT);
    if (this.#exact && this.#segments < segments) say('missing', `${this.#segments} of ${segments} segments`);
    const text = this.#exact ? this.#wholeText(samples) : joinText(this.#texts);
    if (message.text !== text)
      say('wrong_final', `text of ${message.text.length} characters is not as expected`);
    const duration = seconds(samples);
    if (this.#exact && Math.abs(message.duration - duration) > 0.002)
      say('wrong_final', `${message.duration} s instead of ${duration} s`);
    if (message.chunk_count !== sentChunks)
      say('wrong_final', `${message.chunk_count} chunks counted instead of ${sentChunks}`);
    if (message.status !== 'completed') say('wrong_final', `status ${message.status}`);
    return wrong;
  }

  /** Audio up to this chunk is said to be used up: never more than the segments account for, never less than before. */
  committed(through: number, sentChunks: number): Complaint[] {
    if (through < this.#committed)
      return [{ kind: 'wrong_committed', detail: `back from ${this.#committed} to ${through}` }];
    this.#committed = through;
    if (!this.#exact) {
      if (through < sentChunks) return [];
      return [{ kind: 'wrong_committed', detail: `${through} of ${sentChunks} chunks sent` }];
    }
    const all = this.#segments * SAMPLES_PER_SEGMENT >= sentChunks * this.#samplesPerChunk;
    const most = all
      ? sentChunks - 1
      : Math.floor((this.#segments * SAMPLES_PER_SEGMENT) / this.#samplesPerChunk) - 1;
    if (through <= most) return [];
    return [{ kind: 'wrong_committed', detail: `${through} when segments cover chunks up to ${most}` }];
  }

  #inOrder(message: ChunkResult | FinalResult, say: (kind: ComplaintKind, detail: string) => void): boolean {
    const { seq } = message;
    const expected = this.#lastSeq + 1;
    if (seq < expected) {
      say('doubled', `seq ${seq} after ${this.#lastSeq}`);
      return false;
    }
    if (seq !== expected) {
      say('out_of_order', `seq ${seq} where ${expected} was due`);
      return false;
    }
    this.#lastSeq = seq;
    return true;
  }

  #compare(
    message: ChunkResult,
    segment: number,
    sentChunks: number,
    finished: boolean,
    say: (kind: ComplaintKind, detail: string) => void,
  ): void {
    const sent = sentChunks * this.#samplesPerChunk;
    const from = segment * SAMPLES_PER_SEGMENT;
    const to = Math.min(from + SAMPLES_PER_SEGMENT, sent);
    if (from >= sent) return say('extra', `segment ${segment} of audio that was not sent`);
    if (to < from + SAMPLES_PER_SEGMENT && !finished)
      return say('extra', `segment ${segment} before its audio was sent`);
    const text = segmentText(this.#utterance, from, to);
    if (message.text !== text) say('wrong_text', `segment ${segment}: ${message.text} instead of ${text}`);
    const places: readonly [keyof ChunkResult, number][] = [
      ['first_chunk_index', Math.floor(from / this.#samplesPerChunk)],
      ['chunk_index', Math.ceil(to / this.#samplesPerChunk) - 1],
      ['start', seconds(from)],
      ['end', seconds(to)],
    ];
    for (const [field, expected] of places) {
      if (Math.abs(Number(message[field]) - expected) > 0.002)
        say('wrong_place', `segment ${segment}: ${field} ${message[field]} instead of ${expected}`);
    }
  }

  #wholeText(samples: number): string {
    const texts: string[] = [];
    for (let from = 0; from < samples; from += SAMPLES_PER_SEGMENT) {
      texts.push(segmentText(this.#utterance, from, Math.min(samples, from + SAMPLES_PER_SEGMENT)));
    }
    return joinText(texts);
  }
}

/** What the synthetic recogniser makes of these samples. */
export function segmentText(utterance: Utterance, from: number, to: number): string {
  const bytes = utterance.slice(from, to);
  return syntheticText(new Int16Array(bytes.buffer, bytes.byteOffset, to - from));
}

function seconds(samples: number): number {
  return Math.round((samples * 1_000) / SAMPLE_RATE_HZ) / 1_000;
}
