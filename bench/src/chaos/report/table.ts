import { mostGrownBytes } from '../oracle/judge-memory.js';
import { passed, type ScenarioResult } from '../scenario-result.js';

const COLUMNS: readonly [title: string, value: (result: ScenarioResult) => string][] = [
  ['scenario', ({ scenario }) => scenario],
  ['sessions', ({ sessions }) => whole(sessions)],
  ['faults', ({ faults }) => whole(faults.length)],
  ['acknowledged', ({ acked }) => whole(acked)],
  ['lost', ({ findings }) => whole(findings.lost)],
  ['doubled', ({ findings }) => whole(findings.doubled)],
  ['out of order', ({ findings }) => whole(findings.disordered)],
  ['mismatched', ({ findings }) => whole(findings.mismatched)],
  ['failed', ({ findings }) => whole(findings.failed)],
  ['longest pause', ({ longestPauseMs }) => seconds(longestPauseMs)],
  ['median recovery', ({ medianRecoveryMs }) => seconds(medianRecoveryMs)],
  ['worst recovery', ({ worstRecoveryMs }) => seconds(worstRecoveryMs)],
  ['worst of one fault', ({ worstSingleRecoveryMs }) => seconds(worstSingleRecoveryMs)],
  ['longest wait for the end', ({ longestFinalWaitMs }) => seconds(longestFinalWaitMs)],
  [
    'memory kept',
    ({ memoryBefore, memoryAfter }) =>
      `${(mostGrownBytes(memoryBefore, memoryAfter) / 1_048_576).toFixed(1)} MB`,
  ],
  ['left behind', ({ leftBehind }) => whole(leftBehind.length)],
  ['', (result) => (passed(result) ? 'ok' : 'FAILED')],
];

/** One line a scenario, in columns; also a table in Markdown. */
export function table(results: readonly ScenarioResult[]): string {
  const rows = [
    COLUMNS.map(([title]) => title),
    ...results.map((result) => COLUMNS.map(([, value]) => value(result))),
  ];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => line(row, widths));
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  lines.splice(1, 0, line(rule, widths));
  return lines.join('\n');
}

function line(cells: readonly string[], widths: readonly number[]): string {
  const padded = cells.map((cell, column) =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
  );
  return `| ${padded.join(' | ')} |`;
}

function whole(value: number): string {
  return value.toLocaleString('en-US');
}

function seconds(ms: number): string {
  return ms === 0 ? '-' : `${(ms / 1_000).toFixed(2)} s`;
}
