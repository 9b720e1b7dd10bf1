import type { FloorReport } from '../floor/floor-report.js';
import type { Machine } from '../machine/describe-machine.js';
import type { Measurement, Moment } from './measurement.js';
import type { BenchOptions, ScenarioName } from './options.js';

/** Something that was to be reached, and whether it was. */
export interface Check {
  readonly what: string;
  readonly wanted: string;
  readonly got: string;
  readonly ok: boolean;
  /** False for what is told but does not fail the run: it depends on the machine. */
  readonly binding: boolean;
}

export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What a scenario has to say. */
export interface Outcome {
  /** One paragraph: what was done. */
  readonly about: string;
  readonly measurement: Measurement | null;
  readonly checks: readonly Check[];
  readonly tables: readonly Table[];
}

/** What a scenario gets. */
export interface ScenarioContext {
  readonly options: BenchOptions;
  say(line: string): void;
  /** A second of a run has passed; `share` of it is over, 0 to 1. */
  progress(moment: Moment, share: number, title: string): void;
  /** Registers what is to be stopped, at a signal or at the end; last comes first. */
  cleanUp(stop: () => Promise<void>): void;
}

export interface Scenario {
  readonly name: ScenarioName;
  readonly about: string;
  run(context: ScenarioContext): Promise<Outcome>;
}

/** Everything that a report is made of. */
export interface BenchResult extends Outcome {
  readonly scenario: ScenarioName;
  readonly command: string;
  readonly startedAt: string;
  readonly machine: Machine;
  readonly floor: FloorReport | null;
  readonly options: BenchOptions;
  readonly passed: boolean;
}
