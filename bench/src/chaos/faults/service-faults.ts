import type { ServiceProcess, ServiceRole } from '@tributary/testkit';
import type { World } from '../world/world.js';

/** Longer than a draining gateway waits for its clients. */
const STOP_GRACE_MS = 15_000;
/** A machine needs a moment to notice that a process is gone, and to start another. */
const LONGEST_ABSENCE_MS = 500;

/** `kill -9` for one of the services of a role; it is started again. */
export async function killOne(world: World, role: ServiceRole): Promise<void> {
  const victim = world.victim(role);
  if (victim === undefined) return;
  world.broke('kill -9', victim.name);
  await world.keeper.killHard(victim);
  await world.passBetween(0, LONGEST_ABSENCE_MS);
  await world.keeper.revive(victim);
}

/** SIGSTOP for a time, then SIGCONT: it wakes up and believes that no time has passed. */
export async function pauseOne(world: World, role: ServiceRole, ms: number): Promise<void> {
  const victim = world.victim(role);
  if (victim === undefined) return;
  world.broke('SIGSTOP', victim.name);
  victim.pause();
  await world.pass(ms);
  victim.resume();
}

/** SIGTERM, and a start when it is gone. */
export async function restartGently(world: World, service: ServiceProcess): Promise<void> {
  if (!world.keeper.isUp(service)) return;
  world.broke('SIGTERM', service.name);
  await world.keeper.stopGently(service, STOP_GRACE_MS);
  await world.keeper.revive(service);
}
