import { loudnesses } from './ear.js';
import { FEATURE_BINS, NOTES } from './notes.js';
import { OnnxGraph } from './onnx-graph.js';

/** So many features are put side by side, each time so many further on. */
const STACKED = 7;
const SHIFT = 6;
const WIDTH = STACKED * FEATURE_BINS;
/** Samples are not scaled to [-1, 1] here: silence is about -16, a note about 24. */
const THRESHOLD = 12;

/**
 * A streaming Paraformer as FunASR exports it. A row whose note is another than the row's before it is one token, by
 * continuous integrate-and-fire: its weight is 1, that of all others 0.
 */
export function streamingParaformer(): { encoder: Uint8Array; decoder: Uint8Array } {
  return { encoder: encoder(), decoder: decoder() };
}

function encoder(): Uint8Array {
  const graph = new OnnxGraph();
  const x = graph.input('speech', 'float', ['N', 'T', WIDTH]);
  graph.input('speech_lengths', 'int32', ['N']);
  const rows = loudnesses(graph, x, STACKED);
  const loudest = graph.node('ReduceMax', [rows], { axes: [2], keepdims: 0 });
  const sounds = graph.node('Cast', [graph.node('Greater', [loudest, graph.floats([1], [THRESHOLD])])], {
    to: 1,
  });
  const note = graph.node('Cast', [graph.node('ArgMax', [rows], { axis: 2, keepdims: 0 })], { to: 1 });
  /** 0 for silence, else the note's number counted from 1. */
  const heard = graph.node('Mul', [sounds, graph.node('Add', [note, graph.floats([1], [1])])]);
  const zero = graph.node('Mul', [graph.slice(heard, 1, 0, 1), graph.floats([1], [0])]);
  const before = graph.node('Concat', [zero, graph.slice(heard, 1, 0, -1)], { axis: 1 });
  const same = graph.node('Cast', [graph.node('Equal', [heard, before])], { to: 1 });
  const other = graph.node('Sub', [graph.floats([1], [1]), same]);
  graph.output(rows, 'enc', 'float', ['N', 'T', NOTES]);
  graph.output('speech_lengths', 'enc_len', 'int32', ['N']);
  graph.output(graph.node('Mul', [sounds, other]), 'alphas', 'float', ['N', 'T']);
  const list = (value: number): string => new Array(WIDTH).fill(value).join(',');
  return graph.bytes({
    vocab_size: NOTES + 3,
    lfr_window_size: STACKED,
    lfr_window_shift: SHIFT,
    encoder_output_size: NOTES,
    decoder_num_blocks: 1,
    decoder_kernel_size: 2,
    neg_mean: list(0),
    // sherpa-onnx multiplies by the root of the encoder's width.
    inv_stddev: list(1 / Math.sqrt(NOTES)),
  });
}

/** Says which note each token is: tokens 0 to 2 are marks, notes are 3 to 8. */
function decoder(): Uint8Array {
  const graph = new OnnxGraph();
  graph.input('enc', 'float', ['N', 'T', NOTES]);
  graph.input('enc_len', 'int32', ['N']);
  const embeds = graph.input('acoustic_embeds', 'float', ['N', 'U', NOTES]);
  graph.input('acoustic_embeds_len', 'int32', ['N']);
  graph.input('in_cache_0', 'float', ['N', NOTES, 1]);
  const ids = graph.node('ArgMax', [embeds], { axis: 2, keepdims: 0 });
  graph.output(embeds, 'logits', 'float', ['N', 'U', NOTES]);
  graph.output(graph.node('Add', [ids, graph.integers([3])]), 'sample_ids', 'int64', ['N', 'U']);
  graph.output('in_cache_0', 'out_cache_0', 'float', ['N', NOTES, 1]);
  return graph.bytes();
}
