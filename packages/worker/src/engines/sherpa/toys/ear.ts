import { FEATURE_BINS, NOTE_BINS, NOTES } from './notes.js';
import type { OnnxGraph } from './onnx-graph.js';

/** A note sounds in its bin and a few beside it. */
const BINS_BESIDE = 1;

/**
 * How loud each note is, from features `[…, stacked * 80]` to `[…, NOTES]`, as a mean over the stacked features.
 *
 * @param stacked features that the recogniser puts side by side; 1 for none
 */
export function loudnesses(graph: OnnxGraph, features: string, stacked = 1): string {
  const weights = new Float32Array(stacked * FEATURE_BINS * NOTES);
  const share = 1 / (stacked * (2 * BINS_BESIDE + 1));
  for (let feature = 0; feature < stacked; feature++) {
    for (const [note, middle] of NOTE_BINS.entries()) {
      for (let bin = middle - BINS_BESIDE; bin <= middle + BINS_BESIDE; bin++) {
        weights[(feature * FEATURE_BINS + bin) * NOTES + note] = share;
      }
    }
  }
  return graph.node('MatMul', [features, graph.floats([stacked * FEATURE_BINS, NOTES], weights)]);
}

/** `[N, length, NOTES]` to `[N, length / factor, NOTES]`: each row the mean of so many, as real encoders have fewer. */
export function subsampled(graph: OnnxGraph, rows: string, length: number, factor: number): string {
  const grouped = graph.node('Reshape', [rows, graph.integers([-1, length / factor, factor, NOTES])]);
  return graph.node('ReduceMean', [grouped], { axes: [2], keepdims: 0 });
}

/**
 * Each row with half of the row before it, so that what is heard depends on what was heard before: of the first, that
 * is `last` `[N, 1, C]`, which came out of the block before. Gives the rows and the next block's `last`.
 */
export function smoothed(graph: OnnxGraph, rows: string, last: string): { rows: string; last: string } {
  const before = graph.node('Concat', [last, graph.slice(rows, 1, 0, -1)], { axis: 1 });
  const half = graph.floats([1], [0.5]);
  return {
    rows: graph.node('Mul', [graph.node('Add', [rows, before]), half]),
    last: graph.slice(rows, 1, -1, Number.MAX_SAFE_INTEGER),
  };
}

/** A column `[…, 1]` beside `rows` `[…, C]`, of one value everywhere: what a note must be louder than. */
export function withThreshold(
  graph: OnnxGraph,
  rows: string,
  threshold: number,
  blank: 'first' | 'last',
): string {
  const zero = graph.node('Mul', [graph.slice(rows, -1, 0, 1), graph.floats([1], [0])]);
  const column = graph.node('Add', [zero, graph.floats([1], [threshold])]);
  return graph.node('Concat', blank === 'first' ? [column, rows] : [rows, column], { axis: -1 });
}
