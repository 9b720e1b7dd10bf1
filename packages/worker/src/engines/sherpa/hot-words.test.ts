import { expect, test } from 'vitest';
import { hotWordsNotation } from './hot-words.js';
import { type ChildModel, offlineConfig, takesHotWords } from './sherpa-config.js';

test('writes phrases so that none can change the notation', () => {
  expect(hotWordsNotation([], false)).toBeUndefined();
  expect(hotWordsNotation([' ', '/:'], false)).toBeUndefined();
  expect(hotWordsNotation(['Don Quixote', 'a/b :9.0\n#x @y'], false)).toBe('Don Quixote/a b 9.0 x y');
  expect(hotWordsNotation(['Phoebe', '你好'], true)).toBe('PHOEBE/你好');
});

test('searches with hot words only where a transducer is made for it', () => {
  const model: ChildModel = {
    kind: 'offline-transducer',
    languages: ['en'],
    paths: { encoder: '/e', decoder: '/d', joiner: '/j', tokens: '/t', bpe: '/b' },
    hotWords: 'bpe',
  };
  expect(takesHotWords(model)).toBe(true);
  expect(offlineConfig(model)).toMatchObject({
    decodingMethod: 'modified_beam_search',
    modelConfig: {
      transducer: { encoder: '/e', decoder: '/d', joiner: '/j' },
      bpeVocab: '/b',
      modelingUnit: 'bpe',
    },
  });
  const { hotWords: _, ...plain } = model;
  expect(takesHotWords(plain)).toBe(false);
  expect(offlineConfig(plain)).toMatchObject({ decodingMethod: 'greedy_search' });
});
