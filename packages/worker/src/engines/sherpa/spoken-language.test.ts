import { expect, test } from 'vitest';
import { spokenLanguage } from './spoken-language.js';

test('tells a model the language of its session, when it is one that the model knows', () => {
  const whisper = { kind: 'offline-whisper' } as const;
  expect(spokenLanguage({ ...whisper, languages: ['*'] }, 'de-AT')).toBe('de');
  expect(spokenLanguage({ ...whisper, languages: ['*'] }, 'xx')).toBeNull();
  expect(spokenLanguage({ ...whisper, languages: ['en'] }, 'de')).toBeNull();
  expect(spokenLanguage({ ...whisper, languages: ['en'] }, 'EN')).toBe('en');
  expect(spokenLanguage({ ...whisper, languages: ['*'] }, null)).toBeNull();
  const senseVoice = { kind: 'offline-sense-voice' } as const;
  expect(spokenLanguage({ ...senseVoice, languages: ['zh', 'yue'] }, 'yue-HK')).toBe('yue');
  expect(spokenLanguage({ ...senseVoice, languages: ['zh', '*'] }, 'de')).toBeNull();
  expect(spokenLanguage({ kind: 'offline-paraformer', languages: ['zh'] }, 'zh')).toBeNull();
});
