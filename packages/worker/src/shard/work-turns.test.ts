import { expect, it } from 'vitest';
import { WorkTurns } from './work-turns.js';

/** Workers that begin together, each with some pieces of work that take so long; who did a piece in which turn of the event loop. */
async function work(workers: readonly string[], pieces: number, pieceMs: number) {
  let nowMs = 0;
  let loops = 0;
  const counting = setInterval(() => loops++, 0);
  const turns = new WorkTurns(() => nowMs);
  const done: { name: string; loop: number }[] = [];
  await Promise.all(
    workers.map(async (name) => {
      for (let piece = 0; piece < pieces; piece++) {
        while (turns.isOver()) await turns.next();
        nowMs += pieceMs;
        done.push({ name, loop: loops });
      }
    }),
  );
  clearInterval(counting);
  return done;
}

it('what takes no time is done at once', async () => {
  const done = await work(['a', 'b'], 1_000, 0.01);
  expect(done.map(({ name }) => name).join('')).toBe('a'.repeat(1_000) + 'b'.repeat(1_000));
  expect(done.at(-1)?.loop).toBe(0);
});

it('what takes long is done piece by piece, by one after the other, and timers come between', async () => {
  const done = await work(['a', 'b', 'c'], 3, 100);
  expect(done.map(({ name }) => name).join('')).toBe('aabcabcbc');
  const loops = done.map(({ loop }) => loop);
  expect(new Set(loops).size).toBe(loops.length);
});

it('who needs little of a turn leaves the rest of it to the next', async () => {
  const done = await work(['a', 'b', 'c', 'd'], 2, 60);
  expect(done.map(({ name }) => name).join('')).toBe('aabbccdd');
});

it('after rest and with nobody waiting a new turn begins', async () => {
  let nowMs = 0;
  const turns = new WorkTurns(() => nowMs);
  expect(turns.isOver()).toBe(false);
  nowMs += 1_000;
  expect(turns.isOver()).toBe(true);
  await turns.next();
  expect(turns.isOver()).toBe(false);
});
