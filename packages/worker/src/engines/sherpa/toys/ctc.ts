import { loudnesses, smoothed, subsampled, withThreshold } from './ear.js';
import { FEATURE_BINS, NOTES } from './notes.js';
import { OnnxGraph } from './onnx-graph.js';

/** Log energies of silence are about -16, those of a note about 4. */
const THRESHOLD = -4;

/**
 * A streaming CTC network as icefall exports a Zipformer2 with one layer: blank is token 0, notes are 1 to 6. It hears
 * blocks of 77 features, each 64 after the one before; four make a row.
 */
export function zipformer2Ctc(): Uint8Array {
  const [window, shift, subsampling] = [77, 64, 4];
  const graph = new OnnxGraph();
  const x = graph.input('x', 'float', ['N', window, FEATURE_BINS]);
  const dim = 8;
  const layer: [string, (number | string)[]][] = [
    ['cached_key', [4, 'N', 8]],
    ['cached_nonlin_attn', [1, 'N', 4, (3 * dim) / 4]],
    ['cached_val1', [4, 'N', 8]],
    ['cached_val2', [4, 'N', 8]],
    ['cached_conv1', ['N', dim, 1]],
    ['cached_conv2', ['N', dim, 1]],
  ];
  for (const [name, shape] of layer) graph.input(name, 'float', shape);
  graph.input('embed_states', 'float', ['N', 128, 3, 19]);
  graph.input('processed_lens', 'int64', ['N']);

  const heard = loudnesses(graph, graph.slice(x, 1, 0, shift));
  const kept = graph.node('Transpose', [graph.slice('cached_conv1', 1, 0, NOTES)], { perm: [0, 2, 1] });
  const { rows, last } = smoothed(graph, subsampled(graph, heard, shift, subsampling), kept);
  graph.output(withThreshold(graph, rows, THRESHOLD, 'first'), 'log_probs', 'float', [
    'N',
    shift / subsampling,
    NOTES + 1,
  ]);
  const rest = graph.slice('cached_conv1', 1, NOTES, dim);
  const conv = graph.node('Concat', [graph.node('Transpose', [last], { perm: [0, 2, 1] }), rest], {
    axis: 1,
  });
  for (const [name, shape] of layer) {
    graph.output(name === 'cached_conv1' ? conv : name, `new_${name}`, 'float', shape);
  }
  graph.output('embed_states', 'new_embed_states', 'float', ['N', 128, 3, 19]);
  const lens = graph.node('Add', ['processed_lens', graph.integers([shift])]);
  graph.output(lens, 'new_processed_lens', 'int64', ['N']);
  return graph.bytes({
    model_type: 'zipformer2',
    encoder_dims: dim,
    query_head_dims: 8,
    value_head_dims: 8,
    num_heads: 1,
    num_encoder_layers: 1,
    cnn_module_kernels: 3,
    left_context_len: 4,
    T: window,
    decode_chunk_len: shift,
  });
}

/**
 * A streaming CTC network as NeMo exports a FastConformer: notes are tokens 0 to 5, blank is the last. It hears blocks
 * of 121 features, each 112 after the one before; eight make a row.
 */
export function nemoCtc(): Uint8Array {
  const [window, shift, subsampling] = [121, 112, 8];
  const graph = new OnnxGraph();
  const x = graph.input('audio_signal', 'float', ['N', FEATURE_BINS, window]);
  graph.input('length', 'int64', ['N']);
  graph.input('cache_last_channel', 'float', ['N', 1, 2, 3]);
  graph.input('cache_last_time', 'float', ['N', 1, NOTES, 1]);
  graph.input('cache_last_channel_len', 'int64', ['N']);

  const features = graph.node('Transpose', [graph.slice(x, 2, 0, shift)], { perm: [0, 2, 1] });
  const kept = graph.node('Reshape', ['cache_last_time', graph.integers([-1, 1, NOTES])]);
  const block = subsampled(graph, loudnesses(graph, features), shift, subsampling);
  const { rows, last } = smoothed(graph, block, kept);
  graph.output(withThreshold(graph, rows, THRESHOLD, 'last'), 'logprobs', 'float', [
    'N',
    shift / subsampling,
    NOTES + 1,
  ]);
  graph.output('length', 'encoded_lengths', 'int64', ['N']);
  graph.output('cache_last_channel', 'cache_last_channel_next', 'float', ['N', 1, 2, 3]);
  const time = graph.node('Reshape', [last, graph.integers([-1, 1, NOTES, 1])]);
  graph.output(time, 'cache_last_time_next', 'float', ['N', 1, NOTES, 1]);
  graph.output('cache_last_channel_len', 'cache_last_channel_next_len', 'int64', ['N']);
  return graph.bytes({
    window_size: window,
    chunk_shift: shift,
    subsampling_factor: subsampling,
    vocab_size: NOTES,
    cache_last_channel_dim1: 1,
    cache_last_channel_dim2: 2,
    cache_last_channel_dim3: 3,
    cache_last_time_dim1: 1,
    cache_last_time_dim2: NOTES,
    cache_last_time_dim3: 1,
  });
}
