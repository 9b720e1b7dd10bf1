import type { Role } from '../machine/watched.js';
import type { Measurement } from './measurement.js';
import type { Check } from './scenario.js';

/** What no run may lack: every transcript right, and no error. */
export function correctness(measurement: Measurement): Check[] {
  const { counts, complaints, errors, complaintCount } = measurement;
  const list = (of: Readonly<Record<string, number>>): string =>
    Object.entries(of)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ');
  const errorCount = Object.values(errors).reduce((sum, count) => sum + count, 0);
  return [
    {
      what: 'every transcript, acknowledgement and number right',
      wanted: '0 wrong',
      got: complaintCount === 0 ? `0 wrong in ${counts.segments} segments` : list(complaints),
      ok: complaintCount === 0,
      binding: true,
    },
    {
      what: 'no error',
      wanted: '0',
      got: errorCount === 0 ? '0' : list(errors),
      ok: errorCount === 0,
      binding: true,
    },
    {
      what: 'sessions that began have ended',
      wanted: `${counts.sessionsStarted}`,
      got: `${counts.sessionsCompleted}`,
      ok: counts.sessionsStarted === counts.sessionsCompleted && counts.sessionsStarted > 0,
      binding: true,
    },
  ];
}

/** A target that depends on the machine: told, not enforced. */
export function target(what: string, got: number, most: number, unit: string, digits = 1): Check {
  const show = (value: number): string => `${value.toFixed(digits)} ${unit}`;
  return { what, wanted: `at most ${show(most)}`, got: show(got), ok: got <= most, binding: false };
}

export function latencyTargets({ timings, processes }: Measurement): Check[] {
  const gateways = processes.filter(({ role }) => role === 'gateway');
  return [
    target('acknowledgement p99', timings.ack.p99, 25, 'ms'),
    target('result p99, after the last chunk of the segment', timings.result.p99, 100, 'ms'),
    ...gateways.map(({ name, cpu }) => target(`CPU of ${name}`, cpu * 100, 25, '% of a core')),
  ];
}

/** Microseconds of CPU that processes of these roles spent on a chunk. */
export function microsOf({ processes }: Measurement, ...roles: readonly Role[]): number {
  return processes
    .filter(({ role }) => roles.includes(role))
    .reduce((sum, { microsPerChunk }) => sum + microsPerChunk, 0);
}
