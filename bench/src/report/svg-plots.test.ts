import { expect, it } from 'vitest';
import type { Plot } from './plots.js';
import { plotsSvg } from './svg-plots.js';

const load: Plot = {
  title: 'Load <of & all>',
  unit: 'sessions',
  logarithmic: false,
  seconds: [0, 100, 200, 300],
  curves: [
    { name: 'open', values: [0, 400, null, 200] },
    { name: 'wanted', values: [20, 380, 380, 20] },
  ],
};

/** The points of each curve. */
function curvesOf(svg: string): number[][][] {
  return [...svg.matchAll(/<polyline points="([^"]*)"/g)].map(([, points = '']) =>
    points === '' ? [] : points.split(' ').map((point) => point.split(',').map(Number)),
  );
}

it('draws each value at its place between the axes, and nothing where nothing was seen', () => {
  const [open, wanted] = curvesOf(plotsSvg('A run', [load]));
  // 558 units are 300 s; 130 units are 400 × 1.08.
  expect(open).toEqual([
    [52, 162],
    [238, 41.6],
    [610, 101.8],
  ]);
  expect(wanted).toHaveLength(4);
});

it('puts plots below each other, with round numbers at their axes', () => {
  const svg = plotsSvg('A run', [load, { ...load, title: 'Age', unit: '' }]);
  expect(svg).toContain('viewBox="0 0 760 380"');
  const [first, , second] = curvesOf(svg);
  expect(second).toEqual(first?.map(([x, y]) => [x, Math.round((y! + 186) * 10) / 10]));
  const texts = [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text);
  expect(texts.slice(0, 12)).toEqual([
    'Load &lt;of &amp; all&gt; (sessions)',
    '0',
    '200',
    '400',
    '0 s',
    '60 s',
    '120 s',
    '180 s',
    '240 s',
    '300 s',
    'open',
    'wanted',
  ]);
  expect(texts).toContain('Age');
});

it.each([
  [[0.55], ['0', '0.2', '0.4']],
  [[6], ['0', '2', '4', '6']],
  [[1_300], ['0', '500', '1000']],
  [[0], ['0', '0.0005', '0.001']],
  [[null], ['0', '0.0005', '0.001']],
])('marks a scale up to %j at %j', (values, wanted) => {
  const svg = plotsSvg('', [{ ...load, seconds: [1], curves: [{ name: '', values }] }]);
  const marks = [...svg.matchAll(/text-anchor="end"[^>]*>([^<]*)</g)].map(([, mark]) => mark);
  expect(marks).toEqual(wanted);
});

it('draws a run that saw nothing', () => {
  expect(curvesOf(plotsSvg('', [{ ...load, seconds: [], curves: [{ name: 'a', values: [] }] }]))).toEqual([
    [],
  ]);
});
