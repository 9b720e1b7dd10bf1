import { describe, expect, it } from 'vitest';
import type { ReceivedEvent, SessionRecord } from '../load/session-record.js';
import { addFindings, isClean, NO_FINDINGS } from './findings.js';
import { judgeSession } from './judge-session.js';
import { goodRecord } from './testing/good-record.js';

const change = (record: SessionRecord, seq: number, fields: Partial<ReceivedEvent>): SessionRecord => ({
  ...record,
  events: record.events.map((event) => (event.seq === seq ? { ...event, ...fields } : event)),
});
const judge = (record: SessionRecord) => {
  const { problems, ...numbers } = judgeSession(record);
  expect(problems.length > 0).toBe(!isClean({ ...numbers, problems }));
  return numbers;
};
const CLEAN = { lost: 0, doubled: 0, disordered: 0, mismatched: 0, failed: 0 };

describe('a session that is as it should be', () => {
  it('is clean, with whole segments and with a rest', () => {
    for (const chunks of [10, 25, 30, 31]) expect(judge(goodRecord('a', chunks))).toEqual(CLEAN);
  });

  it('is clean however the server cut it', () => {
    expect(judge(goodRecord('b', 30, [0, 8_000, 23_999, 48_000]))).toEqual(CLEAN);
  });
});

describe('a session that was tampered with', () => {
  const good = goodRecord('c', 35);

  it('a segment is missing', () => {
    const events = good.events
      .filter(({ seq }) => seq !== 2)
      .map((event) => (event.seq > 2 ? { ...event, seq: event.seq - 1 } : event));
    expect(judge({ ...good, events })).toMatchObject({ lost: 10, disordered: 0 });
    expect(judge({ ...good, events }).mismatched).toBeGreaterThan(0);
  });

  it('a segment is missing and its number too', () => {
    const events = good.events.filter(({ seq }) => seq !== 2);
    expect(judge({ ...good, events })).toMatchObject({ lost: 10, disordered: 1 });
  });

  it('a single sample is missing', () => {
    const record = change(good, 2, { start: 1 + 1 / 16_000 });
    expect(judge(record)).toMatchObject({ lost: 1, mismatched: 1 });
  });

  it('a single sample is there twice', () => {
    const record = change(good, 2, { start: 1 - 1 / 16_000 });
    expect(judge(record)).toMatchObject({ lost: 0, doubled: 1, disordered: 0, mismatched: 1 });
  });

  it('the beginning or the end is missing', () => {
    expect(judge(change(good, 1, { start: 0.5 }))).toMatchObject({ lost: 5 });
    expect(judge(change(good, 4, { end: 3.25 }))).toMatchObject({ lost: 3 });
  });

  it('there is more audio than was sent', () => {
    expect(judge(change(good, 4, { end: 3.6 }))).toMatchObject({ lost: 0, mismatched: 2 });
  });

  it('an event came twice', () => {
    const events = good.events.flatMap((event) => (event.seq === 2 ? [event, event] : [event]));
    const { doubled, disordered } = judge({ ...good, events });
    expect(doubled).toBe(11);
    expect(disordered).toBe(0);
  });

  it('a segment was committed twice, under two numbers', () => {
    const events = good.events.flatMap((event) => {
      if (event.seq < 2) return [event];
      const later = { ...event, seq: event.seq + 1 };
      return event.seq === 2 ? [event, later] : [later];
    });
    expect(judge({ ...good, events })).toMatchObject({ doubled: 10, disordered: 0 });
  });

  it('two events changed places', () => {
    const [first, second, third, ...rest] = good.events;
    const events = [first!, third!, second!, ...rest];
    expect(judge({ ...good, events }).disordered).toBeGreaterThan(0);
  });

  it('two segments changed places, with their numbers in order', () => {
    const [first, second, third, ...rest] = good.events;
    const events = [first!, { ...third!, seq: 2 }, { ...second!, seq: 3 }, ...rest];
    expect(judge({ ...good, events }).disordered).toBe(1);
  });

  it('something came behind the final result', () => {
    const last = good.events.at(-1)!;
    const events = [...good.events, { ...good.events[0]!, seq: last.seq + 1 }];
    expect(judge({ ...good, events }).disordered).toBeGreaterThan(0);
  });

  it('a text is not what was said', () => {
    expect(judge(change(good, 3, { text: '00000000' }))).toEqual({ ...CLEAN, mismatched: 2 });
  });

  it('it is the speech of another session', () => {
    expect(judge({ ...good, seed: good.seed + 1 })).toEqual({ ...CLEAN, mismatched: 4 });
  });

  it('a segment claims other chunks or another number', () => {
    expect(judge(change(good, 2, { firstChunkIndex: 9 }))).toEqual({ ...CLEAN, mismatched: 1 });
    expect(judge(change(good, 2, { segmentIndex: 4 }))).toEqual({ ...CLEAN, mismatched: 1 });
  });

  it('a time is no number, or between two samples', () => {
    expect(isClean({ ...judge(change(good, 2, { end: Number.NaN })), problems: [] })).toBe(false);
    expect(isClean({ ...judge(change(good, 2, { end: 1.99999 })), problems: [] })).toBe(false);
  });

  it('a segment could not be recognised', () => {
    const { start: _, end: __, ...event } = good.events[1]!;
    const events = good.events.map((each) => (each.seq === 2 ? { ...event, type: 'error' as const } : each));
    expect(judge({ ...good, events }).mismatched).toBeGreaterThan(0);
  });

  it('the final result is another one', () => {
    const seq = good.events.length;
    expect(judge(change(good, seq, { text: 'x' }))).toEqual({ ...CLEAN, mismatched: 1 });
    expect(judge(change(good, seq, { duration: 3 }))).toEqual({ ...CLEAN, mismatched: 1 });
    expect(judge(change(good, seq, { chunkCount: 34 }))).toEqual({ ...CLEAN, mismatched: 1 });
    expect(judge(change(good, seq, { status: 'abandoned' }))).toEqual({ ...CLEAN, mismatched: 1 });
  });

  it('the final result never came: what was acknowledged is owed, the rest is not', () => {
    const events = good.events.slice(0, 2);
    const record = { ...good, events, failure: 'no final result', ackedThrough: 24 };
    expect(judge(record)).toEqual({ ...CLEAN, lost: 5, failed: 1 });
    expect(judge({ ...record, ackedThrough: 19 })).toEqual({ ...CLEAN, failed: 1 });
  });
});

it('findings add up', () => {
  const one = { ...NO_FINDINGS, lost: 1, problems: ['a'] };
  const sum = addFindings(one, { ...one, failed: 2, problems: ['b'] });
  expect(sum).toEqual({ ...NO_FINDINGS, lost: 2, failed: 2, problems: ['a', 'b'] });
});
