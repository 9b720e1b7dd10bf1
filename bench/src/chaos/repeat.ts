import type { World } from './world/world.js';

/** Does something again and again, with a random time before each. */
export async function repeat(
  world: World,
  fromMs: number,
  toMs: number,
  fault: () => Promise<void>,
  { overlapping = false } = {},
): Promise<void> {
  const running: Promise<void>[] = [];
  while (!world.over) {
    await world.passBetween(fromMs, toMs);
    if (world.over) break;
    const done = fault();
    if (overlapping) running.push(done);
    else await done;
  }
  await Promise.all(running);
}
