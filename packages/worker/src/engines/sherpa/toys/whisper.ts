import { loudnesses } from './ear.js';
import { FEATURE_BINS, NOTES } from './notes.js';
import { OnnxGraph } from './onnx-graph.js';

/** Behind the notes as told in Chinese and in English. */
const FIRST_MARK = 2 * NOTES;
const [SOT, EOT, CHINESE, ENGLISH, TRANSCRIBE, TRANSLATE, NO_SPEECH, NO_TIMES] = Array.from(
  { length: 8 },
  (_, i) => FIRST_MARK + i,
) as [number, number, number, number, number, number, number, number];
const TOKENS = NO_TIMES + 1;
const LONGEST = 448;
const NEVER = -1_000;

/**
 * A multilingual network as sherpa-onnx exports Whisper. It says one word, that of the note that sounds most, in the
 * language that stands behind the first token, and takes everything for Chinese when it is asked.
 */
export function whisper(): { encoder: Uint8Array; decoder: Uint8Array } {
  return { encoder: encoder(), decoder: decoder() };
}

function encoder(): Uint8Array {
  const graph = new OnnxGraph();
  const mel = graph.input('mel', 'float', [1, FEATURE_BINS, 'T']);
  const rows = loudnesses(graph, graph.node('Transpose', [mel], { perm: [0, 2, 1] }));
  const mean = graph.node('ReduceMean', [rows], { axes: [1], keepdims: 1 });
  const layer = graph.node('Unsqueeze', [mean, graph.integers([0])]);
  graph.output(layer, 'n_layer_cross_k', 'float', [1, 1, 1, NOTES]);
  graph.output(layer, 'n_layer_cross_v', 'float', [1, 1, 1, NOTES]);
  return graph.bytes({
    model_type: 'whisper-toy',
    n_mels: FEATURE_BINS,
    n_text_layer: 1,
    n_text_ctx: LONGEST,
    n_text_state: NOTES,
    n_vocab: TOKENS,
    sot: SOT,
    eot: EOT,
    blank_id: EOT,
    translate: TRANSLATE,
    transcribe: TRANSCRIBE,
    is_multilingual: 1,
    no_timestamps: NO_TIMES,
    no_speech: NO_SPEECH,
    sot_sequence: [SOT, CHINESE, TRANSCRIBE].join(','),
    all_language_tokens: [CHINESE, ENGLISH].join(','),
    all_language_codes: 'zh,en',
  });
}

function decoder(): Uint8Array {
  const graph = new OnnxGraph();
  const tokens = graph.input('tokens', 'int64', [1, 'n']);
  const cache = [1, 1, LONGEST, NOTES];
  graph.input('in_n_layer_self_k_cache', 'float', cache);
  graph.input('in_n_layer_self_v_cache', 'float', cache);
  const heard = graph.input('n_layer_cross_k', 'float', [1, 1, 1, NOTES]);
  graph.input('n_layer_cross_v', 'float', [1, 1, 1, NOTES]);
  const offset = graph.input('offset', 'int64', [1]);

  const one = graph.floats([1], [1]);
  const isEnglish = graph.node(
    'ReduceMax',
    [graph.node('Cast', [graph.node('Equal', [tokens, graph.integers([ENGLISH])])], { to: 1 })],
    { axes: [0, 1], keepdims: 0 },
  );
  const isChinese = graph.node('Sub', [one, isEnglish]);
  const row = graph.node('Squeeze', [heard, graph.integers([0])]);
  const never = graph.floats([1], [NEVER]);
  const only = (when: string): string => graph.node('Add', [row, graph.node('Mul', [when, never])]);
  // The end behind the first word; Chinese when only languages are compared.
  const marks = new Float32Array(TOKENS - FIRST_MARK).fill(NEVER);
  marks[CHINESE - FIRST_MARK] = NEVER / 2;
  const begun = graph.node('Cast', [graph.node('Greater', [offset, graph.integers([0])])], { to: 1 });
  const end = new Float32Array(TOKENS - FIRST_MARK);
  end[EOT - FIRST_MARK] = -2 * NEVER;
  const special = graph.node('Add', [
    graph.floats([1, 1, marks.length], marks),
    graph.node('Mul', [graph.floats([1, 1, end.length], end), begun]),
  ]);
  const logits = graph.node('Concat', [only(isEnglish), only(isChinese), special], { axis: 2 });
  graph.output(logits, 'logits', 'float', [1, 1, TOKENS]);
  graph.output('in_n_layer_self_k_cache', 'out_n_layer_self_k_cache', 'float', cache);
  graph.output('in_n_layer_self_v_cache', 'out_n_layer_self_v_cache', 'float', cache);
  return graph.bytes();
}
