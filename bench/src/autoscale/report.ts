import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Machine } from '../machine/describe-machine.js';
import { bytes } from '../report/format.js';
import { drawPlots, PAGE_STYLE } from '../report/html-parts.js';
import type { Curve, Plot } from '../report/plots.js';
import { plotsSvg } from '../report/svg-plots.js';
import type { Moment } from './timeline.js';
import type { Check } from './verdict.js';

export interface AutoscaleReport {
  readonly startedAt: string;
  readonly command: string;
  /** What was done, in a few sentences. */
  readonly about: readonly string[];
  readonly machine: Machine;
  readonly checks: readonly Check[];
  readonly moments: readonly Moment[];
  /** Further figures, by name. */
  readonly figures: readonly (readonly [string, string])[];
}

/** What is plotted of a run. Pure. */
export function autoscalePlots(moments: readonly Moment[]): Plot[] {
  const seconds = moments.map(({ atMs }) => Math.round(atMs / 100) / 10);
  const curve = (name: string, of: (moment: Moment) => number | null): Curve => ({
    name,
    values: moments.map(of),
  });
  const plot = (title: string, unit: string, curves: readonly Curve[]): Plot => ({
    title,
    unit,
    logarithmic: false,
    seconds,
    curves,
  });
  const results = (name: 'p50' | 'p99') => (moment: Moment) =>
    moment.results.count === 0 ? null : Math.round(moment.results[name]);
  return [
    plot('Load', 'sessions', [
      curve('open', ({ sessions }) => sessions),
      curve('wanted', ({ wanted }) => wanted),
    ]),
    plot('Connections', '', [curve('open', ({ connections }) => connections)]),
    plot(
      'Replicas that are ready',
      '',
      ['gateway', 'router', 'worker'].map((role) => curve(role, ({ ready }) => ready[role] ?? 0)),
    ),
    plot('Age of the oldest audio in the queue', 's', [curve('age', (moment) => moment.queueAgeSeconds)]),
    plot('Result latency', 'ms', [curve('p50', results('p50')), curve('p99', results('p99'))]),
  ];
}

/** The report as Markdown. */
export function autoscaleMarkdown(report: AutoscaleReport): string {
  const { machine, checks, figures } = report;
  const passed = checks.every((check) => check.passed);
  return [
    `# Autoscaling: ${passed ? 'passed' : 'failed'}`,
    '',
    `${report.startedAt}, ${machine.cpu}, ${machine.cores} cores, ${bytes(machine.memoryBytes)}, ${machine.system}, Node ${machine.node}, commit ${machine.commit}`,
    '',
    `    ${report.command}`,
    '',
    ...report.about.flatMap((line) => [line, '']),
    '| to be shown | | seen |',
    '| --- | --- | --- |',
    ...checks.map(({ what, passed: held, seen }) => `| ${what} | ${held ? 'yes' : 'NO'} | ${seen} |`),
    '',
    '| figure | |',
    '| --- | --- |',
    ...figures.map(([name, value]) => `| ${name} | ${value} |`),
    '',
    'Plots are in the HTML report beside this one.',
    '',
  ].join('\n');
}

/** The plots as a picture, for pages that cannot run a script. */
export function autoscaleSvg({ moments }: Pick<AutoscaleReport, 'moments'>): string {
  return plotsSvg('A run of npm run autoscale', autoscalePlots(moments));
}

/** The report as one page that needs nothing else. */
export async function autoscaleHtml(report: AutoscaleReport): Promise<string> {
  const folder = dirname(createRequire(import.meta.url).resolve('uplot/package.json'));
  const library = await readFile(join(folder, 'dist/uPlot.iife.min.js'), 'utf8');
  const libraryStyle = await readFile(join(folder, 'dist/uPlot.min.css'), 'utf8');
  const { machine, checks, figures } = report;
  const verdict = checks.every((check) => check.passed) ? 'passed' : 'failed';
  const data = JSON.stringify(autoscalePlots(report.moments)).replaceAll('<', '\\u003c');
  const row = (cells: readonly string[]): string =>
    `<tr>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Autoscaling</title>
<style>${libraryStyle}${PAGE_STYLE}</style>
<body>
<header>
<h1>Autoscaling <span class="${verdict}">${verdict}</span></h1>
${report.about.map((line) => `<p>${escaped(line)}</p>`).join('\n')}
<p><code>${escaped(report.command)}</code></p>
<p class="facts">${escaped(report.startedAt)}<br>${escaped(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, commit ${machine.commit}`)}</p>
</header>
<main>
<section id="plots"></section>
<section id="tables">
<article><h2>To be shown</h2><table>${checks.map(({ what, passed, seen }) => row([what, passed ? 'yes' : 'NO', seen])).join('')}</table></article>
<article><h2>Figures</h2><table>${figures.map((each) => row(each)).join('')}</table></article>
</section>
</main>
<script>${library}</script>
<script>const plots = ${data};
${drawPlots}</script>
</body>
</html>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
