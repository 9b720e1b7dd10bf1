import { syntheticText } from '@tributary/worker';
import type { ReceivedEvent, SessionRecord } from '../load/session-record.js';
import { SAMPLE_RATE_HZ, SAMPLES_PER_CHUNK, speech } from '../speech.js';
import { coverage, type SampleRange } from './coverage.js';
import type { Findings } from './findings.js';

/**
 * Judges what one client got against what it said. Pure: the speech follows from the session's seed, and the text of
 * any range of it from the speech, so that nothing depends on where the server cut.
 */
export function judgeSession(record: SessionRecord): Findings {
  const problems: string[] = [];
  const complain = (text: string): void => {
    problems.push(`${record.id}: ${text}`);
  };
  const order = judgeOrder(record.events, complain);
  const segments = record.events.filter((event) => event.type === 'chunk_result');
  const sent = record.sentAtMs.length;
  const total = sent * SAMPLES_PER_CHUNK;
  const covered = coverage(segments.map(rangeOf), total, SAMPLES_PER_CHUNK);
  const final = record.events.find((event) => event.type === 'final_result');
  // The final result acknowledges all there was; without it only what was acknowledged is owed.
  const owed = final === undefined ? record.ackedThrough : sent - 1;
  const lost = [...covered.lost].filter((chunk) => chunk <= owed);
  if (lost.length > 0) complain(`${lost.length} chunks lost, the first is ${Math.min(...lost)} of ${sent}`);
  if (covered.doubled.size > 0) {
    complain(`${covered.doubled.size} chunks doubled, the first is ${Math.min(...covered.doubled)}`);
  }
  let mismatched = judgeTexts(record, segments, complain) + judgeFinal(record, final, segments, complain);
  if (covered.beyond > 0) {
    mismatched++;
    complain(`${covered.beyond} samples more than were sent`);
  }
  if (record.failure !== null || final === undefined)
    complain(`failed: ${record.failure ?? 'no final result'}`);
  return {
    lost: lost.length,
    doubled: covered.doubled.size + order.repeated,
    disordered: order.disordered,
    mismatched,
    failed: record.failure !== null || final === undefined ? 1 : 0,
    problems,
  };
}

/** Events carry the numbers 1, 2, 3 …; segments lie one behind the other; the final result is the last event. */
function judgeOrder(
  events: readonly ReceivedEvent[],
  complain: (text: string) => void,
): { repeated: number; disordered: number } {
  const seen = new Set<number>();
  let repeated = 0;
  let disordered = 0;
  let reached = 0;
  events.forEach((event, position) => {
    const before = events[position - 1];
    if (seen.has(event.seq)) {
      repeated++;
      complain(`event ${event.seq} came twice`);
    } else if (event.seq !== (before?.seq ?? 0) + 1) {
      disordered++;
      complain(`event ${event.seq} came behind ${before?.seq ?? 0}`);
    } else if (before?.type === 'final_result') {
      disordered++;
      complain(`event ${event.seq} came behind the final result`);
    }
    seen.add(event.seq);
    if (event.type !== 'chunk_result') return;
    const { start } = rangeOf(event);
    if (start < reached) {
      disordered++;
      complain(`segment ${event.segmentIndex} begins before its predecessor`);
    }
    reached = Math.max(reached, start);
  });
  return { repeated, disordered };
}

function judgeTexts(
  { seed, events }: SessionRecord,
  segments: readonly ReceivedEvent[],
  complain: (text: string) => void,
): number {
  let wrong = 0;
  segments.forEach((segment, position) => {
    const { start, end } = rangeOf(segment);
    const first = Math.floor(start / SAMPLES_PER_CHUNK);
    const last = Math.ceil(end / SAMPLES_PER_CHUNK) - 1;
    const faults = [
      segment.text !== syntheticText(speech(seed, start, end)) && 'its text is not what was said there',
      segment.segmentIndex !== position && `it is number ${position}`,
      (segment.firstChunkIndex !== first || segment.chunkIndex !== last) &&
        `it claims chunks ${segment.firstChunkIndex} to ${segment.chunkIndex}`,
    ].filter((fault) => fault !== false);
    if (faults.length === 0) return;
    wrong++;
    complain(`segment ${segment.segmentIndex}, samples ${start} to ${end}: ${faults.join(', ')}`);
  });
  for (const event of events) {
    if (event.type !== 'error') continue;
    wrong++;
    complain(`event ${event.seq} says that a segment could not be recognised: ${event.text}`);
  }
  return wrong;
}

function judgeFinal(
  record: SessionRecord,
  final: ReceivedEvent | undefined,
  segments: readonly ReceivedEvent[],
  complain: (text: string) => void,
): number {
  if (final === undefined) return 0;
  const chunks = record.sentAtMs.length;
  const text = segments.map((segment) => segment.text).join(' ');
  const faults = [
    final.text !== text && 'its text is not that of the segments',
    final.status !== 'completed' && `its status is ${final.status}`,
    final.chunkCount !== chunks && `it counts ${final.chunkCount} chunks of ${chunks}`,
    toSample(final.duration) !== chunks * SAMPLES_PER_CHUNK &&
      `it lasts ${final.duration} s, and ${chunks} chunks were sent`,
  ].filter((fault) => fault !== false);
  if (faults.length > 0) complain(`the final result: ${faults.join(', ')}`);
  return faults.length > 0 ? 1 : 0;
}

function rangeOf({ start, end }: ReceivedEvent): SampleRange {
  return { start: toSample(start), end: toSample(end) };
}

/** Seconds that are no whole number of samples give a position at which nothing can match. */
function toSample(seconds = Number.NaN): number {
  const sample = seconds * SAMPLE_RATE_HZ;
  const whole = Math.round(sample);
  return Math.abs(sample - whole) < 1e-3 ? whole : Math.floor(sample) - 0.5;
}
