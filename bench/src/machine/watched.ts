import { type Usage, usage } from './proc.js';

/** Which part of the system a process belongs to. */
export type Role = 'gateway' | 'router' | 'worker' | 'redis' | 'postgres' | 'load';

/** A process whose use of the machine is followed. */
export interface Watched {
  readonly name: string;
  readonly role: Role;
  readonly pid: number;
  /** With its children: PostgreSQL has one for each connection. */
  readonly family: boolean;
}

export interface Sample {
  readonly name: string;
  readonly role: Role;
  readonly usage: Usage;
}

/** What all of them have used so far. */
export function sampleAll(watched: readonly Watched[]): Sample[] {
  return watched.map(({ name, role, pid, family }) => ({ name, role, usage: usage(pid, family) }));
}
