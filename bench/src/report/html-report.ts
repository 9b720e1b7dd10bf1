import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { BenchResult, Table } from '../bench/scenario.js';
import { bytes } from './format.js';
import { drawPlots, PAGE_STYLE } from './html-parts.js';
import { plots } from './plots.js';
import { reportTables } from './report-tables.js';

/** The report as one page that needs nothing else: plots, tables and all. */
export async function htmlReport(result: BenchResult): Promise<string> {
  const folder = dirname(createRequire(import.meta.url).resolve('uplot/package.json'));
  const library = await readFile(join(folder, 'dist/uPlot.iife.min.js'), 'utf8');
  const libraryStyle = await readFile(join(folder, 'dist/uPlot.min.css'), 'utf8');
  const { machine, measurement } = result;
  const data = JSON.stringify(plots(measurement?.moments ?? [])).replaceAll('<', '\\u003c');
  const verdict = result.passed ? 'passed' : 'failed';
  const facts = [
    result.startedAt,
    `${machine.cpu}, ${machine.cores} cores, ${bytes(machine.memoryBytes)}`,
    `${machine.system}, Node ${machine.node}, commit ${machine.commit}`,
  ];
  const warning =
    measurement?.bottleneck == null
      ? ''
      : `<p class="warning">The load generator may have been the bottleneck: ${escapeHtml(measurement.bottleneck)}.</p>`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Load test: ${escapeHtml(result.scenario)}</title>
<style>${libraryStyle}${PAGE_STYLE}</style>
<body>
<header>
<h1>Load test: ${escapeHtml(result.scenario)} <span class="${verdict}">${verdict}</span></h1>
<p>${escapeHtml(result.about)}</p>
<p><code>${escapeHtml(result.command)}</code></p>
<p class="facts">${facts.map(escapeHtml).join('<br>')}</p>
${warning}
</header>
<main>
<section id="plots"></section>
<section id="tables">
${reportTables(result)
  .filter(({ rows }) => rows.length > 0)
  .map(tableHtml)
  .join('\n')}
</section>
</main>
<script>${library}</script>
<script>const plots = ${data};
${drawPlots}</script>
</body>
</html>
`;
}

function tableHtml({ title, head, rows }: Table): string {
  const cells = (tag: string, list: readonly string[]): string =>
    list.map((cell) => `<${tag}${classOf(cell)}>${escapeHtml(cell)}</${tag}>`).join('');
  return `<article><h2>${escapeHtml(title)}</h2><table><thead><tr>${cells('th', head)}</tr></thead><tbody>${rows
    .map((row) => `<tr>${cells('td', row)}</tr>`)
    .join('')}</tbody></table></article>`;
}

function classOf(cell: string): string {
  if (/^[-+]?[\d.,]+( (ms|s|%|KiB|MiB|GiB|B))?$/.test(cell)) return ' class="number"';
  if (cell === 'ok') return ' class="passed"';
  if (cell === 'FAILED' || cell === 'missed') return ' class="failed"';
  return '';
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
