import type { SessionOptions } from '../protocol/session-options.js';
import type { Slabs } from '../slabs.js';
import type { TraceContext } from '../tracing/traceparent.js';
import type { Stamp } from './stamp.js';

/**
 * Entries of a shard's audio stream. Each has two fields: `h`, a header of `|`-separated parts, and `d`,
 * the payload. The first header part is the version, so that two releases can run side by side.
 *
 * | kind | payload | header after the version |
 * | --- | --- | --- |
 * | `S` opens a gateway epoch (start, resume, close), or says that a session is deleted | JSON `ControlBody` | `S`, session, epoch |
 * | `A` one chunk | its bytes | `A`, session, epoch, n, chunk index, and of a traced session its trace context |
 * | `Q` a chunk of silence | its length in ms | `Q`, session, epoch, n, chunk index |
 * | `Z` the client ends the segment | none | `Z`, session, epoch, n, chunk it follows or '' |
 * | `F` the client finished, or is given up | reason | `F`, session, epoch, n |
 *
 * `n` counts the entries of an epoch from 0 without holes.
 */
export const ENTRY_VERSION = '1';

export type FinishReason = 'completed' | 'abandoned';

/** What the entry that opens a gateway epoch tells the worker. */
export interface ControlBody {
  incarnation: Stamp;
  gatewayId: string;
  options: SessionOptions;
}

export type AudioEntry =
  | { kind: 'control'; sessionId: string; epoch: Stamp; body: ControlBody }
  | {
      kind: 'audio';
      sessionId: string;
      epoch: Stamp;
      n: number;
      chunkIndex: number;
      audio: Buffer;
      trace: TraceContext;
    }
  | { kind: 'silence'; sessionId: string; epoch: Stamp; n: number; chunkIndex: number; ms: number }
  /** `after`: the chunk behind which the segment ends; null for whatever was taken. */
  | { kind: 'finalize'; sessionId: string; epoch: Stamp; n: number; after: number | null }
  | { kind: 'finish'; sessionId: string; epoch: Stamp; n: number; reason: FinishReason };

/** Header of one chunk. A release that knows nothing of trace contexts passes over them. */
export function audioHeader(
  sessionId: string,
  epoch: Stamp,
  n: number,
  chunkIndex: number,
  trace: TraceContext = '',
): string {
  const header = `${ENTRY_VERSION}|A|${sessionId}|${epoch}|${n}|${chunkIndex}`;
  return trace === '' ? header : `${header}|${trace}`;
}

/** Header of a chunk that is silence. */
export function silenceHeader(sessionId: string, epoch: Stamp, n: number, chunkIndex: number): string {
  return `${ENTRY_VERSION}|Q|${sessionId}|${epoch}|${n}|${chunkIndex}`;
}

/** Header of the entry that ends a segment. */
export function finalizeHeader(sessionId: string, epoch: Stamp, n: number, after: number | null): string {
  return `${ENTRY_VERSION}|Z|${sessionId}|${epoch}|${n}|${after ?? ''}`;
}

/** Header of the entry that ends a session's audio. */
export function finishHeader(sessionId: string, epoch: Stamp, n: number): string {
  return `${ENTRY_VERSION}|F|${sessionId}|${epoch}|${n}`;
}

/**
 * Reads one entry from its stream fields (`[name, value, name, value]`). Audio is copied into slabs, so that a
 * kept chunk does not pin the reply it came in. Returns null for a version or kind this release does not know, and for
 * what is none: an entry is written by whoever may write to Redis, and must not cost the others behind it.
 */
export function parseAudioEntry(fields: readonly Buffer[], slabs: Slabs): AudioEntry | null {
  const header = fields[1];
  const payload = fields[3];
  if (header === undefined || payload === undefined) return null;
  const [version, kind, sessionId, epoch, n, chunkIndex, trace] = header.toString('latin1').split('|');
  if (version !== ENTRY_VERSION || sessionId === undefined || !epoch) return null;
  if (kind === 'S') {
    const body = parseControlBody(payload);
    return body === null ? null : { kind: 'control', sessionId, epoch, body };
  }
  const place = wholeNumber(n);
  if (place === null) return null;
  switch (kind) {
    case 'A': {
      const index = wholeNumber(chunkIndex);
      if (index === null) return null;
      return {
        kind: 'audio',
        sessionId,
        epoch,
        n: place,
        chunkIndex: index,
        audio: slabs.copy(payload),
        trace: trace ?? '',
      };
    }
    case 'Q': {
      const index = wholeNumber(chunkIndex);
      const ms = wholeNumber(payload.toString());
      if (index === null || ms === null) return null;
      return { kind: 'silence', sessionId, epoch, n: place, chunkIndex: index, ms };
    }
    case 'Z': {
      const behindAny = chunkIndex === undefined || chunkIndex === '';
      const after = wholeNumber(chunkIndex);
      if (after === null && !behindAny) return null;
      return { kind: 'finalize', sessionId, epoch, n: place, after };
    }
    case 'F':
      return {
        kind: 'finish',
        sessionId,
        epoch,
        n: place,
        reason: payload.toString() === 'abandoned' ? 'abandoned' : 'completed',
      };
    default:
      return null;
  }
}

function wholeNumber(text: string | undefined): number | null {
  if (text === undefined || text === '') return null;
  const number = Number(text);
  return Number.isSafeInteger(number) && number >= 0 ? number : null;
}

function parseControlBody(payload: Buffer): ControlBody | null {
  try {
    const body = JSON.parse(payload.toString()) as Partial<ControlBody> | null;
    const isBody = typeof body?.incarnation === 'string' && typeof body.gatewayId === 'string';
    return isBody ? (body as ControlBody) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
