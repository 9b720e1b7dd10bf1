import { loudnesses, withThreshold } from './ear.js';
import { FEATURE_BINS, NOTES } from './notes.js';
import { OnnxGraph } from './onnx-graph.js';

const STACKED = 7;
const WIDTH = STACKED * FEATURE_BINS;
/** Samples are not scaled to [-1, 1] here: silence is about -16, a note about 24. */
const THRESHOLD = 12;
const NEVER = -1_000;
const ENGLISH_ID = 4;
/** What SenseVoice says of a segment before its text: language, emotion, kind of sound, writing of numbers. */
const MARKS = 4;
const TOKENS = 1 + 2 * NOTES + MARKS;

/**
 * An offline network as FunASR exports SenseVoice. Tokens: blank, the notes as told in Chinese, the notes as told in
 * English, the marks. Which of the two is written is decided by the language that it is told, Chinese without one.
 */
export function senseVoice(): Uint8Array {
  const graph = new OnnxGraph();
  const x = graph.input('x', 'float', [1, 'T', WIDTH]);
  graph.input('x_length', 'int32', [1]);
  const language = graph.input('language', 'int32', [1]);
  graph.input('text_norm', 'int32', [1]);

  const rows = loudnesses(graph, x, STACKED);
  const english = graph.node('Equal', [
    graph.node('Cast', [language], { to: 7 }),
    graph.integers([ENGLISH_ID]),
  ]);
  const isEnglish = graph.node('Cast', [english], { to: 1 });
  const isChinese = graph.node('Sub', [graph.floats([1], [1]), isEnglish]);
  const never = graph.floats([1], [NEVER]);
  const only = (when: string): string => graph.node('Add', [rows, graph.node('Mul', [when, never])]);
  const spoken = withThreshold(
    graph,
    graph.node('Concat', [only(isEnglish), only(isChinese)], { axis: 2 }),
    THRESHOLD,
    'first',
  );
  const noMarks = graph.node('Mul', [graph.slice(rows, 2, 0, MARKS), graph.floats([1], [0])]);
  const speech = graph.node('Concat', [spoken, graph.node('Add', [noMarks, never])], { axis: 2 });
  const marks = new Float32Array(MARKS * TOKENS);
  for (let mark = 0; mark < MARKS; mark++) marks[mark * TOKENS + TOKENS - MARKS + mark] = 1;
  const all = graph.node('Concat', [graph.floats([1, MARKS, TOKENS], marks), speech], { axis: 1 });
  graph.output(all, 'logits', 'float', [1, 'L', TOKENS]);
  const list = (value: number): string => new Array<number>(WIDTH).fill(value).join(',');
  return graph.bytes({
    comment: 'toy',
    vocab_size: TOKENS,
    lfr_window_size: STACKED,
    lfr_window_shift: 6,
    normalize_samples: 0,
    with_itn: 14,
    without_itn: 15,
    lang_auto: 0,
    lang_zh: 3,
    lang_en: ENGLISH_ID,
    lang_yue: 7,
    lang_ja: 11,
    lang_ko: 12,
    neg_mean: list(0),
    inv_stddev: list(1),
  });
}
