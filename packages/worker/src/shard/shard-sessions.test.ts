import { expect, it } from 'vitest';
import { ShardSessions } from './shard-sessions.js';

const session = (id: string, incarnation = '1.a') => {
  const made = { id, incarnation, closed: 0, close: () => void made.closed++ };
  return made;
};

it('an id is news until it was looked for, and again when a later incarnation begins', () => {
  const sessions = new ShardSessions();
  expect(sessions.isNews('a', null)).toBe(true);
  sessions.opened(session('a', '5.x'));
  sessions.gone('b', '5.x', 0);
  for (const id of ['a', 'b']) {
    expect(sessions.isNews(id, null)).toBe(false);
    expect(sessions.isNews(id, '5.x')).toBe(false);
    expect(sessions.isNews(id, '4.x')).toBe(false);
    expect(sessions.isNews(id, '6.x')).toBe(true);
  }
});

it('what is gone is met no more, and is forgotten after a minute', () => {
  const sessions = new ShardSessions();
  const a = session('a');
  const b = session('b');
  sessions.opened(a);
  sessions.opened(b);
  sessions.ended(a, 1_000);
  sessions.ended(b, 2_000);
  expect(sessions.size).toBe(0);
  expect([...sessions.values()]).toEqual([]);
  sessions.forgetGone(61_500);
  expect(sessions.isNews('a', null)).toBe(true);
  expect(sessions.isNews('b', null)).toBe(false);
});

it('the end of an earlier session does not touch one that was begun anew under its id', () => {
  const sessions = new ShardSessions();
  const earlier = session('a', '1.a');
  const later = session('a', '2.b');
  sessions.opened(earlier);
  sessions.opened(later);
  sessions.ended(earlier, 0);
  expect(sessions.get('a')).toBe(later);
  sessions.ended(later, 0);
  sessions.opened(session('a', '3.c'));
  sessions.forgetGone(1_000_000);
  expect(sessions.get('a')?.incarnation).toBe('3.c');
});

it('what goes or is replaced is closed, and nothing else is', () => {
  const sessions = new ShardSessions();
  const [first, second, other] = [session('a', '1.a'), session('a', '2.b'), session('b')];
  sessions.opened(first);
  sessions.opened(other);
  sessions.opened(second);
  expect([first.closed, second.closed]).toEqual([1, 0]);
  sessions.ended(first, 0);
  expect(second.closed).toBe(0);
  sessions.gone('a', '3.c', 0);
  expect([first.closed, second.closed, other.closed]).toEqual([1, 1, 0]);
  sessions.ended(other, 0);
  expect(other.closed).toBe(1);
});
