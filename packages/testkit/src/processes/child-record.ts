import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, type ProcessIdentity, sendSignal } from './process-identity.js';

/** What somebody else needs to know to end a process that we started. */
export interface ChildRecord extends ProcessIdentity {
  readonly name: string;
  /** Services are ended before the stores that they write to. */
  readonly kind: 'service' | 'store';
  readonly stopSignal: NodeJS.Signals;
}

const POLL_MS = 25;

/**
 * Ends processes: asks politely, wakes those that are stopped, and kills what is left when the time is over,
 * together with everything in their process groups.
 */
export async function endChildren(children: readonly ChildRecord[], graceMs: number): Promise<void> {
  const living = children.filter(isAlive);
  for (const child of living) {
    sendSignal(child.pid, child.stopSignal);
    sendSignal(child.pid, 'SIGCONT');
  }
  const deadline = Date.now() + graceMs;
  while (living.some(isAlive) && Date.now() < deadline) await sleep(POLL_MS);
  for (const child of living) killGroup(child);
}

/** Kills a process and what it left in its group, at once. */
export function killGroup(child: ProcessIdentity): void {
  // Every child is the leader of a group of its own. While a member lives, the system gives the id to nobody else.
  sendSignal(-child.pid, 'SIGKILL');
  if (isAlive(child)) sendSignal(child.pid, 'SIGKILL');
}
