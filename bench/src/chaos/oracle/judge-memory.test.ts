import { expect, it } from 'vitest';
import type { Memory, ProcessMemory } from '../world/memory.js';
import { HELD_BYTES, judgeMemory, mostGrownBytes, RESIDENT_BYTES } from './judge-memory.js';

const process = (name: string, more: Partial<ProcessMemory> = {}): ProcessMemory => ({
  name,
  heap: 20e6,
  external: 3e6,
  resident: 90e6,
  ...more,
});
const memory = (more: Partial<Memory> = {}): Memory => ({
  processes: [process('gateway-1'), process('worker-1')],
  redis: 2e6,
  streamEntries: 0,
  ...more,
});
const SAID = { sessions: 100, segments: 1_000 };
const judge = (after: Partial<Memory>): string[] => judgeMemory(memory(), memory(after), SAID);

it('finds nothing when everything is back where it was', () => {
  expect(judge({})).toEqual([]);
  const less = [process('gateway-1', { heap: 10e6 }), process('worker-1')];
  expect(judge({ processes: less })).toEqual([]);
  expect(mostGrownBytes(memory(), memory({ processes: less }))).toBe(0);
});

it.each([
  ['heap', { heap: 20e6 + HELD_BYTES + 1 }],
  ['buffers', { external: 3e6 + HELD_BYTES + 1 }],
  ['heap and buffers together', { heap: 20e6 + HELD_BYTES, external: 3e6 + 1 }],
  ['resident pages', { resident: RESIDENT_BYTES + 1 }],
])('names the process that kept %s', (_, more) => {
  const problems = judge({ processes: [process('gateway-1'), process('worker-1', more)] });
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain('worker-1');
});

it('allows Redis what it keeps of ended sessions, and no more', () => {
  expect(judge({ redis: 2e6 + 6.5e6 })).toEqual([]);
  expect(judge({ redis: 2e6 + 7e6 })).toHaveLength(1);
});

it('counts what is left in streams', () => {
  expect(judge({ streamEntries: 1 })).toEqual(['1 entries are left in streams']);
});
