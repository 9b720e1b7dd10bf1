import { expect, it } from 'vitest';
import { Attempts } from './attempts.js';

it('counts by channel and first sample, and is read again by the next owner', () => {
  let kept = '';
  const attempts = new Attempts('[[100,2]]', (json) => {
    kept = json;
  });
  attempts.note(1, 100, 1);
  attempts.note(0, 100, 3);
  attempts.note(0, 200, 1);
  const next = new Attempts(kept, () => undefined);
  expect([next.at(0, 100), next.at(1, 100), next.at(0, 200), next.at(1, 200)]).toEqual([3, 1, 1, 0]);
  next.forgetBefore(200);
  expect([next.at(0, 100), next.at(1, 100), next.at(0, 200)]).toEqual([0, 0, 1]);
});
