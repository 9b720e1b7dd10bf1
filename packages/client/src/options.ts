import { TributaryClientError } from './errors.js';
import type { SessionSettings } from './machine/state.js';
import type { Note } from './machine/step.js';
import { randomId } from './random-id.js';
import type { WebSocketConstructor } from './socket.js';
import type { RawFormat, StartMessage } from './wire.js';

/** What happened to a session's connection, for logs and measurements. */
export type ConnectionEvent = Note & { sessionId: string; url: string };

/** Called from inside the session; what they throw is reported as an uncaught error and changes nothing. */
export interface SessionHooks {
  /** An acknowledgement came: the server has this chunk (binary: and all before it) and will not lose it. */
  onAck?(chunkIndex: number, committedThrough: number): void;
  onConnection?(event: ConnectionEvent): void;
}

export interface ClientOptions extends SessionHooks {
  /** Gateways, such as `ws://127.0.0.1:8080/ws/asr`; used in turn, from a random one on. */
  urls: readonly string[];
  /** Default: `globalThis.WebSocket`. Node before 22 has none: give that of the `ws` package. */
  WebSocket?: WebSocketConstructor;
  /** Audio as binary frames (default), or as base64 in JSON. */
  binary?: boolean;
  /** Audio kept per session in case it must be sent again; beyond, `send` waits. Default 16 MiB. */
  maxBufferedBytes?: number;
  /** First and longest wait between attempts to connect; defaults 200 and 10,000. */
  backoffBaseMs?: number;
  backoffMaxMs?: number;
  /** Default 10,000. */
  connectTimeoutMs?: number;
  /** Silence after which a connection counts as dead while an acknowledgement is owed. Default 10,000. */
  silenceMs?: number;
  /** The same while only the final result is owed. Default 60,000. */
  finalSilenceMs?: number;
  /** How long to go on without any success. Default 300,000. */
  giveUpAfterMs?: number;
  /** Random numbers from 0 up to 1, for jitter. Default `Math.random`. */
  random?: () => number;
}

export interface StartOptions extends SessionHooks {
  /** 1 to 64 characters of `A-Z a-z 0-9 _ . : -`. Default: a random one. */
  sessionId?: string;
  /** 8 to 128 characters; whoever has it can resume the session. Default: a random one. */
  resumeToken?: string;
  userId?: string;
  mode?: 'auto' | 'segments' | 'stream';
  format?: 'auto' | RawFormat;
  /** `separate`: a transcript for each channel, instead of one of their average. */
  channels?: 'mix' | 'separate';
  /** BCP 47 tag; one that the deployment does not know is refused with `unknown_language`. */
  language?: string;
  /** One of the deployment's models; else it is refused with `unknown_model`. */
  model?: string;
  /** Words and phrases that are likely to be said; refused with `hot_words_unsupported` where the model takes none. */
  hotWords?: readonly string[];
  /** Asks for `partial_result` events. */
  interimResults?: boolean;
  /** They come at most so often, in milliseconds. */
  interimIntervalMs?: number;
  /** Asks for `speech_started` and `utterance_end` events. */
  speechEvents?: boolean;
  /** Silence in the audio that ends a segment, in milliseconds. */
  endpointingMs?: number;
  maxSegmentSeconds?: number;
  /** Asks for words with their times, where the recogniser knows them. */
  words?: boolean;
  /** Silence in arrival that ends a segment, in milliseconds; 0 for never. */
  gapMs?: number;
  /** W3C Trace Context: the trace that the session is to be part of, when the server traces. */
  traceparent?: string;
}

const DEFAULTS = {
  maxBufferedBytes: 16 * 1024 * 1024,
  backoffBaseMs: 200,
  backoffMaxMs: 10_000,
  connectTimeoutMs: 10_000,
  silenceMs: 10_000,
  finalSilenceMs: 60_000,
  giveUpAfterMs: 300_000,
} as const;

/** Options with nothing left open. */
export interface CompleteOptions extends Required<Omit<ClientOptions, keyof SessionHooks>> {
  hooks: SessionHooks;
}

/** Fills in defaults. Throws TributaryClientError `invalid_argument` or `no_websocket`. */
export function completeOptions(options: ClientOptions): CompleteOptions {
  if (options.urls.length === 0) throw new TributaryClientError('invalid_argument', 'urls is empty');
  const found: unknown = options.WebSocket ?? globalThis.WebSocket;
  if (typeof found !== 'function') {
    const help = "this environment has no WebSocket; pass one, e.g. { WebSocket } of the package 'ws'";
    throw new TributaryClientError('no_websocket', help);
  }
  const { onAck, onConnection, ...rest } = options;
  const complete = {
    ...DEFAULTS,
    binary: true,
    random: Math.random,
    ...rest,
    WebSocket: found as WebSocketConstructor,
    hooks: { ...(onAck && { onAck }), ...(onConnection && { onConnection }) },
  };
  for (const name of Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[]) {
    if (!(complete[name] > 0)) throw new TributaryClientError('invalid_argument', `${name} must be above 0`);
  }
  return complete;
}

/** The `start` message; id and token are chosen here, so that it can be sent again when its answer was lost. */
function startMessage(options: StartOptions): StartMessage {
  const { userId, mode, format, channels, language, model, hotWords, words, gapMs, traceparent } = options;
  const { interimResults, interimIntervalMs, speechEvents, endpointingMs, maxSegmentSeconds } = options;
  return {
    action: 'start',
    session_id: options.sessionId ?? randomId(12),
    resume_token: options.resumeToken ?? randomId(24),
    ...(userId !== undefined && { user_id: userId }),
    ...(mode !== undefined && { mode }),
    ...(format !== undefined && { format }),
    ...(channels !== undefined && { channels }),
    ...(language !== undefined && { language }),
    ...(model !== undefined && { model }),
    ...(hotWords !== undefined && { hot_words: [...hotWords] }),
    ...(interimResults !== undefined && { interim_results: interimResults }),
    ...(interimIntervalMs !== undefined && { interim_interval_ms: interimIntervalMs }),
    ...(speechEvents !== undefined && { speech_events: speechEvents }),
    ...(endpointingMs !== undefined && { endpointing: endpointingMs }),
    ...(maxSegmentSeconds !== undefined && { max_segment_seconds: maxSegmentSeconds }),
    ...(words !== undefined && { words }),
    ...(gapMs !== undefined && { gap_ms: gapMs }),
    ...(traceparent !== undefined && { traceparent }),
  };
}

/** What one session needs to know of both. */
export function sessionSettings(client: CompleteOptions, options: StartOptions): SessionSettings {
  return {
    start: startMessage(options),
    addressCount: client.urls.length,
    binary: client.binary,
    backoff: { baseMs: client.backoffBaseMs, maxMs: client.backoffMaxMs },
    connectTimeoutMs: client.connectTimeoutMs,
    silenceMs: client.silenceMs,
    finalSilenceMs: client.finalSilenceMs,
    giveUpAfterMs: client.giveUpAfterMs,
  };
}
