import type { BenchResult, Table } from '../bench/scenario.js';
import { bytes } from './format.js';
import { reportTables } from './report-tables.js';

/** The report as Markdown. Pure. */
export function markdownReport(result: BenchResult): string {
  const { scenario, passed, machine, command, startedAt, about, measurement } = result;
  const lines = [
    `# Load test: ${scenario}: ${passed ? 'passed' : 'FAILED'}`,
    '',
    about,
    '',
    `- command: \`${command}\` (seed ${result.options.seed})`,
    `- date: ${startedAt}`,
    `- machine: ${machine.cpu}, ${machine.cores} cores, ${bytes(machine.memoryBytes)}, ${machine.system}`,
    `- versions: commit ${machine.commit}, Node ${machine.node}${result.floor === null ? '' : `, Redis ${result.floor.machine.redis}`}`,
  ];
  if (measurement?.bottleneck != null)
    lines.push('', `**The load generator may have been the bottleneck: ${measurement.bottleneck}.**`);
  for (const table of reportTables(result)) if (table.rows.length > 0) lines.push('', ...tableLines(table));
  return `${lines.join('\n')}\n`;
}

function tableLines({ title, head, rows }: Table): string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [`## ${title}`, '', line(head), line(head.map(() => '---')), ...rows.map(line)];
}
