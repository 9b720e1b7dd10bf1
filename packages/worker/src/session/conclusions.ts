import type { TributaryError } from '@tributary/shared';
import type { Conclusion, Hearing, SessionOutput } from './conclusion.js';
import type { Cut } from './line.js';
import type { SessionMarks } from './session-marks.js';
import type { TakenChunks } from './taken-chunks.js';

/** What a session has led to and has not given out yet, in order. */
export class Conclusions {
  readonly #marks: SessionMarks;
  readonly #taken: TakenChunks;
  #outputs: SessionOutput[] = [];
  /** First chunk that no conclusion has passed yet. */
  #passed: number;

  constructor(marks: SessionMarks, taken: TakenChunks, passed: number) {
    this.#marks = marks;
    this.#taken = taken;
    this.#passed = passed;
  }

  /** First chunk that no conclusion has passed yet. */
  get passed(): number {
    return this.#passed;
  }

  /** All that was led to since it was asked last. */
  collect(): readonly SessionOutput[] {
    const outputs = this.#outputs;
    this.#outputs = [];
    return outputs;
  }

  hearing(hearing: Hearing): void {
    this.#outputs.push(hearing);
  }

  conclude(conclusion: Conclusion): void {
    this.#outputs.push(conclusion);
    this.#passed = conclusion.mark.chunk;
  }

  /** A border was found in what is heard. */
  cut(cut: Cut): void {
    const mark = this.#marks.behind(cut);
    if (cut.kind === 'silence') return this.conclude({ kind: 'silence', mark });
    const { channel, startSample, endSample, forced, finalized } = cut;
    this.conclude({
      kind: 'segment',
      channel,
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

  /** A segment with these samples that the client itself has cut, in one chunk. Its channel stands behind it already. */
  whole(
    channel: number,
    [startSample, endSample]: readonly [number, number],
    chunk: number,
    { finalized = false, pcm = null as Int16Array | null } = {},
  ): void {
    this.hearing({ kind: 'opened', channel, startSample, announced: false });
    if (pcm !== null) this.hearing({ kind: 'heard', channel, pcm, mayEnd: false });
    this.conclude({
      kind: 'segment',
      channel,
      startSample,
      endSample,
      firstChunk: chunk,
      lastChunk: chunk,
      cutByClient: true,
      finalized,
      endsUtterance: false,
      mark: this.#marks.behind({ channel, endSample }),
    });
  }

  /** A chunk, or the stream, cannot be decoded; what comes next begins at this sample. */
  error({ code, message }: TributaryError, chunkIndex: number, sample: number): void {
    const mark = this.#marks.before(this.#taken.lastIndex + 1, sample);
    this.conclude({ kind: 'error', code, detail: message, chunkIndex, mark });
  }
}
