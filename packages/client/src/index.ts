export { TributaryClient } from './client.js';
export type { Counters } from './counters.js';
export { type OwnErrorCode, TributaryClientError } from './errors.js';
export type { ClientOptions, ConnectionEvent, SessionHooks, StartOptions } from './options.js';
export type { Session } from './session.js';
export type { WebSocketConstructor, WebSocketLike } from './socket.js';
export type {
  ChannelText,
  ChunkResult,
  FinalResult,
  LiveEvent,
  PartialResult,
  RawFormat,
  SegmentError,
  SequencedEvent,
  SessionEvent,
  SpeechStarted,
  UtteranceEnd,
  Word,
} from './wire.js';
