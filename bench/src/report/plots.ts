import type { Moment } from '../bench/measurement.js';

/** One curve over time; null where nothing was seen. */
export interface Curve {
  readonly name: string;
  readonly values: readonly (number | null)[];
}

export interface Plot {
  readonly title: string;
  readonly unit: string;
  /** True for values over several orders of magnitude. */
  readonly logarithmic: boolean;
  readonly seconds: readonly number[];
  readonly curves: readonly Curve[];
}

/** What is plotted of a run. Pure. */
export function plots(moments: readonly Moment[]): Plot[] {
  const times = moments.map(({ atSeconds }) => Math.round(atSeconds * 10) / 10);
  const curve = (name: string, of: (moment: Moment) => number | null): Curve => ({
    name,
    values: moments.map((moment) => {
      const value = of(moment);
      return value === null ? null : Math.round(value * 100) / 100;
    }),
  });
  const plot = (title: string, unit: string, curves: readonly Curve[], logarithmic = false): Plot => ({
    title,
    unit,
    logarithmic,
    seconds: times,
    curves,
  });
  const percentiles = (of: 'ack' | 'result'): Curve[] =>
    (['p50', 'p90', 'p99', 'max'] as const).map((name) =>
      curve(name, (moment) => (moment[of].count === 0 ? null : moment[of][name])),
    );
  const names = Object.keys(moments[0]?.processes ?? {});
  return [
    plot('Sessions and sockets', '', [
      curve('sessions', ({ counts }) => counts.openSessions),
      curve('sockets', ({ counts }) => counts.openSockets),
    ]),
    plot('Chunks acknowledged', 'a second', [curve('chunks', ({ chunksPerSecond }) => chunksPerSecond)]),
    plot('Acknowledgement latency', 'ms', percentiles('ack'), true),
    plot('Result latency', 'ms', percentiles('result'), true),
    plot(
      'CPU of each process',
      '% of a core',
      names.map((name) => curve(name, ({ processes }) => (processes[name]?.cpu ?? 0) * 100)),
    ),
    plot(
      'Memory of each process',
      'MiB',
      names.map((name) => curve(name, ({ processes }) => (processes[name]?.residentBytes ?? 0) / 2 ** 20)),
    ),
    plot('Age of the oldest audio in the queue', 's', [curve('age', (moment) => moment.queueAgeSeconds)]),
  ].filter(({ curves }) => curves.some(({ values }) => values.some((value) => value !== null)));
}
