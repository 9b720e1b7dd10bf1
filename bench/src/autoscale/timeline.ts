import type { LoadReport } from './load/messages.js';

/** What was seen at one moment, once a second. */
export interface Moment {
  readonly atMs: number;
  /** Sessions that should be open. */
  readonly wanted: number;
  readonly sessions: number;
  readonly connections: number;
  readonly ready: Readonly<Record<string, number>>;
  readonly queueAgeSeconds: number | null;
  /** Results of the second before. */
  readonly results: { readonly count: number; readonly p50: number; readonly p99: number };
}

/** Gathers what a run shows. */
export class Timeline {
  readonly moments: Moment[] = [];
  readonly resultMs: number[] = [];
  readonly failures: string[] = [];
  completed = 0;
  resumes = 0;
  loadLagMs = 0;
  #last: LoadReport | undefined;
  #recent: number[] = [];

  report(report: LoadReport): void {
    this.#last = report;
    for (const each of report.resultMs) {
      this.resultMs.push(each);
      this.#recent.push(each);
    }
    this.failures.push(...report.failures);
    this.completed = report.completed;
    this.resumes = report.resumes;
    this.loadLagMs = Math.max(this.loadLagMs, report.lagMs);
  }

  note(moment: Pick<Moment, 'atMs' | 'wanted' | 'ready' | 'queueAgeSeconds'>): void {
    const { sessions = 0, silent = 0 } = this.#last ?? {};
    const recent = this.#recent;
    this.#recent = [];
    const results = { count: recent.length, p50: percentile(recent, 0.5), p99: percentile(recent, 0.99) };
    this.moments.push({ ...moment, sessions, connections: sessions + silent, results });
  }
}

/** The value that this share of all does not exceed; 0 for none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
