/** How the page looks: light or dark as the reader's system is. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --back: #f7f8fa; --card: #ffffff; --text: #1c2430; --soft: #667085; --line: #e4e7ec; }
@media (prefers-color-scheme: dark) {
  :root { --back: #12161c; --card: #1b212a; --text: #e6e9ee; --soft: #98a2b3; --line: #2b3340; }
}
body { margin: 0; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
header, main { max-width: 1240px; margin: 0 auto; padding: 16px 24px; }
h1 { font-size: 26px; margin: 12px 0 4px; }
h2 { font-size: 16px; margin: 0 0 10px; }
h1 span { font-size: 15px; padding: 3px 10px; border-radius: 12px; vertical-align: middle; color: #fff !important; }
h1 .passed { background: #12805c; } h1 .failed { background: #c4320a; }
.facts { color: var(--soft); } code { background: var(--line); padding: 2px 6px; border-radius: 4px; }
.warning { background: #f79009; color: #1c2430; padding: 8px 12px; border-radius: 6px; }
#plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(540px, 1fr)); gap: 16px; }
article { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px; overflow-x: auto; }
#tables { margin-top: 16px; display: grid; gap: 16px; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: 4px 12px 4px 0; border-bottom: 1px solid var(--line); font-variant-numeric: tabular-nums; }
th { color: var(--soft); font-weight: 600; } .number { text-align: right; }
td.passed { color: #12805c; } td.failed { color: #c4320a; font-weight: 600; }
.u-legend { color: var(--text); font-size: 12px; } .u-legend th::after { content: none; }
`;

/** Draws \`plots\`, which the page holds, with the library it holds as well. */
export const drawPlots = `
const COLOURS = ['#2e90fa', '#f79009', '#12b76a', '#f04438', '#9e77ed', '#06aed4', '#ee46bc', '#667085', '#a15c07'];
const style = getComputedStyle(document.documentElement);
const soft = style.getPropertyValue('--soft'), line = style.getPropertyValue('--line');
const axis = { stroke: soft, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
const show = (v) => v == null ? '' : v >= 1000 ? Math.round(v).toLocaleString('en-US') : String(Math.round(v * 100) / 100);
for (const plot of plots) {
  const card = document.createElement('article');
  const title = document.createElement('h2');
  title.textContent = plot.title + (plot.unit === '' ? '' : ' (' + plot.unit + ')');
  card.append(title);
  document.getElementById('plots').append(card);
  const positive = (v) => v == null || (plot.logarithmic && v <= 0) ? null : v;
  const chart = new uPlot({
    width: card.clientWidth - 34, height: 260, cursor: { sync: { key: 'time' } },
    scales: { x: { time: false }, y: plot.logarithmic ? { distr: 3 } : { range: (u, low, high) => [0, Math.max(high, 1e-3) * 1.08] } },
    axes: [{ ...axis, values: (u, list) => list.map((v) => v + ' s') }, { ...axis, size: 64, values: (u, list) => list.map(show) }],
    series: [{ label: 'time', value: (u, v) => v == null ? '' : v + ' s' }, ...plot.curves.map((curve, i) => ({
      label: curve.name, stroke: COLOURS[i % COLOURS.length], width: 1.6, points: { show: false }, spanGaps: false,
      fill: plot.curves.length === 1 ? COLOURS[i] + '22' : undefined, value: (u, v) => show(v),
    }))],
  }, [plot.seconds, ...plot.curves.map((curve) => curve.values.map(positive))], card);
  addEventListener('resize', () => chart.setSize({ width: card.clientWidth - 34, height: 260 }));
}
`;
