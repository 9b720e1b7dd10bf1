import type { Curve, Plot } from './plots.js';

const WIDTH = 760;
/** Where the axes are, in a plot of HEIGHT; to the right are the names of the curves. */
const HEIGHT = 186;
const LEFT = 52;
const RIGHT = 610;
const TOP = 32;
const BOTTOM = 162;
const MARGIN_BELOW = 8;
const COLOURS = ['#2563eb', '#d97706', '#059669', '#dc2626', '#7c3aed', '#0891b2'];
const MOST_MARKS_UP = 4;
const MOST_MARKS_ALONG = 6;
const SECONDS_OF_MARKS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600];

/** Plots as one picture that stands alone, one below the other, on linear scales from 0. Pure. */
export function plotsSvg(title: string, plots: readonly Plot[]): string {
  const height = plots.length * HEIGHT + MARGIN_BELOW;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="11"><title>${escaped(title)}</title><rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    ...plots.flatMap((plot, n) => plotLines(plot, n * HEIGHT)),
    '</svg>',
    '',
  ].join('\n');
}

function plotLines({ title, unit, seconds, curves }: Plot, y: number): string[] {
  const most = Math.max(...curves.flatMap(({ values }) => values.map((value) => value ?? 0)), 0);
  // Never a scale of nothing, and room above the highest value.
  const highest = Math.max(most, 1e-3) * 1.08;
  const length = Math.max(seconds.at(-1) ?? 0, 1);
  const bottom = y + BOTTOM;
  const along = (value: number): number => LEFT + (value / length) * (RIGHT - LEFT);
  const up = (value: number): number => bottom - (value / highest) * (BOTTOM - TOP);
  const rows = marks(niceStep(highest / MOST_MARKS_UP), highest);
  const columns = marks(secondsStep(length / MOST_MARKS_ALONG), length);
  return [
    `<text x="${LEFT}" y="${y + 22}" font-weight="bold">${escaped(unit === '' ? title : `${title} (${unit})`)}</text>`,
    `<path d="M${LEFT} ${y + TOP}V${bottom}H${RIGHT}" fill="none" stroke="#999"/>`,
    ...rows.map((value) => {
      const at = Math.round(up(value));
      return `<text x="${LEFT - 5}" y="${at + 4}" text-anchor="end" fill="#555">${value}</text><path d="M${LEFT} ${at}H${RIGHT}" stroke="#eee"/>`;
    }),
    ...columns.map(
      (value) =>
        `<text x="${Math.round(along(value))}" y="${bottom + 13}" text-anchor="middle" fill="#555">${value} s</text>`,
    ),
    ...curves.flatMap((curve, n) => {
      const colour = COLOURS[n % COLOURS.length];
      return [
        `<polyline points="${points(curve, seconds, along, up)}" fill="none" stroke="${colour}" stroke-width="1.4"/>`,
        `<text x="${RIGHT + 8}" y="${y + TOP + 14 + n * 16}" fill="${colour}">${escaped(curve.name)}</text>`,
      ];
    }),
  ];
}

/** What was not seen is passed over. */
function points(
  { values }: Curve,
  seconds: readonly number[],
  along: (second: number) => number,
  up: (value: number) => number,
): string {
  return values
    .flatMap((value, n) =>
      value === null ? [] : [`${along(seconds[n] ?? 0).toFixed(1)},${up(value).toFixed(1)}`],
    )
    .join(' ');
}

/** The multiples of a step from 0 up to a limit. */
function marks(step: number, limit: number): number[] {
  const count = Math.floor(limit / step + 1e-9);
  // Multiples of 0.1 are not exact.
  return Array.from({ length: count + 1 }, (_, n) => Number((n * step).toPrecision(12)));
}

/** The least of 1, 2, 5, 10, 20 … and their tenths that is not below this. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5].find((factor) => factor * power >= least) ?? 10) * power;
}

function secondsStep(least: number): number {
  return SECONDS_OF_MARKS.find((step) => step >= least) ?? niceStep(least);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
