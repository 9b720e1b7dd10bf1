import { Counter, Gauge, type Registry } from 'prom-client';

/** Metrics whose values exist anyway: they are read when somebody scrapes. */
export interface Readings {
  gauge(name: string, help: string, read: () => number): void;
  /** For a number that only grows. */
  counter(name: string, help: string, read: () => number): void;
}

export function createReadings(registry: Registry): Readings {
  const registers = [registry];
  return {
    gauge: (name, help, read) => {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    },
    counter: (name, help, read) => {
      new Counter({
        name,
        help,
        registers,
        collect() {
          this.reset();
          this.inc(read());
        },
      });
    },
  };
}
