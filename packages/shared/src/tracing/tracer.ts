import type { Logger } from '../telemetry/logger.js';
import type { TraceContext } from './traceparent.js';

/** Never a transcript, a token or anything else that a client said. */
export type SpanAttributes = Readonly<Record<string, string | number>>;

/** A piece of work of a traced session. */
export interface Span {
  /** Of this span, for what follows from it. */
  readonly context: TraceContext;
  /** The work is done; `failure` says why it came to nothing. Only the first call counts. */
  end(failure?: string): void;
}

/** Makes spans of the sessions that are traced. */
export interface Tracer {
  /**
   * Whether a session is traced, from its beginning: yes if its client sent a sampled `traceparent`, by chance if it
   * sent none. '' for no, then nothing of the session is ever traced.
   */
  sessionContext(traceparent: string | undefined): TraceContext;
  /** Begins a span below another one; below '' there is nothing to be done. */
  begin(name: string, parent: TraceContext, attributes?: SpanAttributes): Span;
  /** Sends what is left, for a short time at most. */
  close(): Promise<void>;
}

export interface TracerSettings {
  /** Address of an OTLP/HTTP receiver; undefined: no tracing, and nothing of it is loaded. */
  endpoint: string | undefined;
  /** Sent with every export: `name=value,…`. */
  headers: string;
  /** Share of the sessions without a `traceparent` that is traced. */
  sampleRatio: number;
  role: string;
  instance: string;
  logger: Logger;
}

/** What is not traced. */
export const NO_SPAN: Span = { context: '', end: () => {} };

/** A process that exports no spans passes contexts on all the same, so that the others' spans hang together. */
export const NO_TRACER: Tracer = {
  sessionContext: () => '',
  begin: (_name, parent) => (parent === '' ? NO_SPAN : { context: parent, end: () => {} }),
  close: () => Promise.resolve(),
};
