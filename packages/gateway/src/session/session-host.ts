import type { ChannelMessage, Logger, RedisClient, Tracer } from '@tributary/shared';
import type { GatewayMetrics } from '../gateway-metrics.js';
import type { TurnEnd } from '../turn-end.js';
import type { AudioLog } from './audio-log.js';
import type { Wanted } from './served-models.js';

/** What all sessions of a gateway share. */
export interface SessionHost {
  gatewayId: string;
  redis: RedisClient;
  log: AudioLog;
  turn: TurnEnd;
  metrics: GatewayMetrics;
  logger: Logger;
  tracer: Tracer;
  shardCount: number;
  graceMs: number;
  maxChunkBytes: number;
  maxSessionInFlightBytes: number;
  maxSessionMs: number;
  /** Redis' clock, Unix ms, as far as the last look told. */
  redisNowMs(): number;
  /** Settles when workers serve this, or none is known. @throws TributaryError `unknown_model`, `unknown_language`, `hot_words_unsupported` */
  checkServed(wanted: Wanted): Promise<void>;
  /** Tells another gateway something about a session. */
  publish(gatewayId: string, message: ChannelMessage): void;
  /** Bytes in flight over all sessions changed by so many; false when there is no room for more. */
  mayTake(bytes: number): boolean;
  inFlight(change: number): void;
}

/** The client's side of a session: a socket. */
export interface SessionClient {
  /** JSON text, in order. */
  send(json: string): void;
  /** Bytes handed over that the client has not read yet. */
  readonly backlogBytes: number;
  /** Settles when the client has read enough for more, or is gone. */
  drained(): Promise<void>;
  readonly closed: boolean;
  /** The session lives on this socket now. */
  attached(sessionId: string): void;
  /** The session is over, or lives elsewhere: this socket does not carry it any more. */
  released(sessionId: string): void;
}
