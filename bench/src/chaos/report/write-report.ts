import { writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { passed, type ScenarioResult } from '../scenario-result.js';

/** Everything that is known of a run, for programs. */
export async function writeReport(file: string, results: readonly ScenarioResult[]): Promise<void> {
  const report = {
    at: new Date().toISOString(),
    machine: {
      cores: cpus().length,
      model: cpus()[0]?.model ?? '',
      memoryBytes: totalmem(),
      platform: `${process.platform} ${process.arch}`,
      node: process.version,
    },
    passed: results.every(passed),
    results: results.map((result) => ({ ...result, passed: passed(result) })),
  };
  await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
}
