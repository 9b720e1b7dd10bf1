import { expect, it } from 'vitest';
import { StartSchema } from './client-messages.js';
import { parseSessionOptions, sessionOptions } from './session-options.js';

it('fills in what a start left out', () => {
  const start = StartSchema.parse({
    action: 'start',
    endpointing: 300,
    hot_words: ['Elinor'],
    speech_events: true,
    channels: 'separate',
  });
  expect(sessionOptions(start)).toMatchObject({
    endpointingMs: 300,
    hotWords: ['Elinor'],
    speechEvents: true,
    interimResults: false,
    interimIntervalMs: 200,
    maxSegmentSeconds: null,
    model: null,
    channels: 'separate',
  });
  expect(sessionOptions({ action: 'start' }).channels).toBe('mix');
});

it('reads the options of a session that an older release began', () => {
  const old = {
    mode: 'stream',
    format: 'auto',
    language: 'en',
    interimResults: true,
    words: false,
    gapMs: 0,
  };
  expect(parseSessionOptions(JSON.stringify(old))).toEqual({
    ...sessionOptions({ action: 'start' }),
    ...old,
  });
});

it('gives back what was stored', () => {
  const options = sessionOptions({ action: 'start', model: 'small', max_segment_seconds: 5, gap_ms: 0 });
  expect(parseSessionOptions(JSON.stringify(options))).toEqual(options);
});

it.each([
  { interim_interval_ms: 49 },
  { interim_interval_ms: 5_001 },
  { endpointing: 99 },
  { endpointing: 10_001 },
  { max_segment_seconds: 0.5 },
  { max_segment_seconds: 301 },
  { channels: 'left' },
  { model: 'a/b' },
  { hot_words: [''] },
  { hot_words: ['two\nlines'] },
  { hot_words: Array.from({ length: 65 }, () => 'word') },
])('refuses %j', (fields) => {
  expect(StartSchema.safeParse({ action: 'start', ...fields }).success).toBe(false);
});
