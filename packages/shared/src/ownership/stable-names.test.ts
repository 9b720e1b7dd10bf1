import { expect, it } from 'vitest';
import { stableNames } from './stable-names.js';

it('a process that is started again keeps its name', () => {
  const before = stableNames(['w-1-aaaaaaaa', 'w-2-bbbbbbbb']);
  const after = stableNames(['w-1-cccccccc', 'w-2-bbbbbbbb']);
  expect([...before.keys()]).toEqual(['w-1', 'w-2']);
  expect([...after]).toEqual([
    ['w-1', 'w-1-cccccccc'],
    ['w-2', 'w-2-bbbbbbbb'],
  ]);
});

it('two processes of one name are told apart, and nobody else is renamed', () => {
  const names = stableNames(['w-aaaaaaaa', 'v-bbbbbbbb', 'w-cccccccc', 'short']);
  expect([...names.keys()]).toEqual(['w-aaaaaaaa', 'v', 'w-cccccccc', 'short']);
});
