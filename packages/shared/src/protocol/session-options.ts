import type { RawFormat, StartMessage } from './client-messages.js';

/** How the audio of a session is to be treated; travels with the session from gateway to worker. */
export interface SessionOptions {
  mode: 'auto' | 'segments' | 'stream';
  format: 'auto' | RawFormat;
  /** `separate`: every channel is recognised on its own, instead of the average of all. */
  channels: 'mix' | 'separate';
  language: string | null;
  /** Name of the model asked for. */
  model: string | null;
  hotWords: string[];
  interimResults: boolean;
  /** Interim text comes at most so often. */
  interimIntervalMs: number;
  /** The client wants to know when speech begins and ends. */
  speechEvents: boolean;
  /** Silence that ends a segment. */
  endpointingMs: number;
  /** Longest segment, where the client wants it shorter than the worker would let it grow. */
  maxSegmentSeconds: number | null;
  words: boolean;
  gapMs: number;
}

const DEFAULTS: SessionOptions = {
  mode: 'auto',
  format: 'auto',
  channels: 'mix',
  language: null,
  model: null,
  hotWords: [],
  interimResults: false,
  interimIntervalMs: 200,
  speechEvents: false,
  endpointingMs: 500,
  maxSegmentSeconds: null,
  words: false,
  gapMs: 800,
};

/** Fills in what a `start` left out. */
export function sessionOptions(start: StartMessage): SessionOptions {
  return withDefaults({
    mode: start.mode,
    format: start.format,
    channels: start.channels,
    language: start.language,
    model: start.model,
    hotWords: start.hot_words,
    interimResults: start.interim_results,
    interimIntervalMs: start.interim_interval_ms,
    speechEvents: start.speech_events,
    endpointingMs: start.endpointing,
    maxSegmentSeconds: start.max_segment_seconds,
    words: start.words,
    gapMs: start.gap_ms,
  });
}

/** Reads options as they were stored. A session that an older release began lacks what was added since. */
export function parseSessionOptions(json: string): SessionOptions {
  return withDefaults(JSON.parse(json) as Partial<SessionOptions>);
}

/** Options as the release that reads them has them: with defaults for what is not there, without what it does not know. */
export function withDefaults(
  given: { [K in keyof SessionOptions]?: SessionOptions[K] | undefined },
): SessionOptions {
  const known = Object.entries(given).filter(([name, value]) => name in DEFAULTS && value !== undefined);
  return { ...DEFAULTS, ...(Object.fromEntries(known) as Partial<SessionOptions>) };
}
