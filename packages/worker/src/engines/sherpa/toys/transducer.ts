import { loudnesses, smoothed, subsampled, withThreshold } from './ear.js';
import { FEATURE_BINS, NOTES } from './notes.js';
import { OnnxGraph } from './onnx-graph.js';

const THRESHOLD = -4;
const WINDOW = 45;
const SHIFT = 32;
/** How much less likely the word is that is spelled like another but sounds as its note. */
const RARER = 0.5;
/** What was just said is not said again for the same sound. */
const JUST_SAID = -40;

/** Tokens: blank, one for each note, and one more that sounds like the first note and is rarer. */
const TOKENS = NOTES + 2;
const HOMOPHONE = NOTES + 1;

/**
 * A streaming transducer as icefall exports one with an LSTM: encoder, decoder (of the last two tokens) and joiner.
 * The first note has two spellings, tokens 1 and 7: which of them is written is the decoder's choice.
 */
export function streamingTransducer(): { encoder: Uint8Array; decoder: Uint8Array; joiner: Uint8Array } {
  return { encoder: encoder(), decoder: decoder(), joiner: joiner() };
}

function encoder(): Uint8Array {
  const graph = new OnnxGraph();
  const x = graph.input('x', 'float', ['N', WINDOW, FEATURE_BINS]);
  graph.input('h', 'float', [1, 'N', NOTES]);
  graph.input('c', 'float', [1, 'N', 1]);
  const heard = loudnesses(graph, graph.slice(x, 1, 0, SHIFT));
  const kept = graph.node('Transpose', ['h'], { perm: [1, 0, 2] });
  const { rows, last } = smoothed(graph, subsampled(graph, heard, SHIFT, 4), kept);
  const rare = graph.node('Add', [graph.slice(rows, 2, 0, 1), graph.floats([1], [-RARER])]);
  const all = graph.node('Concat', [rows, rare], { axis: 2 });
  graph.output(withThreshold(graph, all, THRESHOLD, 'first'), 'encoder_out', 'float', [
    'N',
    SHIFT / 4,
    TOKENS,
  ]);
  graph.output(graph.node('Transpose', [last], { perm: [1, 0, 2] }), 'next_h', 'float', [1, 'N', NOTES]);
  graph.output('c', 'next_c', 'float', [1, 'N', 1]);
  return graph.bytes({
    model_type: 'lstm',
    num_encoder_layers: 1,
    T: WINDOW,
    decode_chunk_len: SHIFT,
    rnn_hidden_size: 1,
    d_model: NOTES,
  });
}

function decoder(): Uint8Array {
  const graph = new OnnxGraph();
  const y = graph.input('y', 'int64', ['N', 2]);
  const table = new Float32Array(TOKENS * TOKENS);
  for (let token = 1; token < TOKENS; token++) {
    table[token * TOKENS + token] = JUST_SAID;
    if (token === 1) table[token * TOKENS + HOMOPHONE] = JUST_SAID;
    if (token === HOMOPHONE) table[token * TOKENS + 1] = JUST_SAID;
  }
  const last = graph.node('Squeeze', [graph.slice(y, 1, 1, 2), graph.integers([1])]);
  const row = graph.node('Gather', [graph.floats([TOKENS, TOKENS], table), last], { axis: 0 });
  graph.output(row, 'decoder_out', 'float', ['N', TOKENS]);
  return graph.bytes({ vocab_size: TOKENS, context_size: 2 });
}

function joiner(): Uint8Array {
  const graph = new OnnxGraph();
  const heard = graph.input('encoder_out', 'float', ['N', TOKENS]);
  const said = graph.input('decoder_out', 'float', ['N', TOKENS]);
  graph.output(graph.node('Add', [heard, said]), 'logit', 'float', ['N', TOKENS]);
  return graph.bytes();
}
