/** `00-<trace id>-<span id>-<flags>`, of a sampled trace; '' where nothing is traced. */
export type TraceContext = string;

/** An id of zeros only is none. Versions to come may say more behind the flags. */
const PATTERN = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const SAMPLED = 1;
/** Longer ones are not looked at. */
const MAX_LENGTH = 256;

export interface TraceParent {
  traceId: string;
  spanId: string;
  sampled: boolean;
}

/** Reads a `traceparent` as W3C Trace Context, level 1, says; null for one that has to be ignored. */
export function parseTraceparent(text: string): TraceParent | null {
  if (text.length > MAX_LENGTH) return null;
  const [, version, traceId, spanId, flags, rest] = PATTERN.exec(text) ?? [];
  if (version === undefined || traceId === undefined || spanId === undefined) return null;
  if (version === '00' && rest !== undefined) return null;
  return { traceId, spanId, sampled: (Number.parseInt(flags ?? '', 16) & SAMPLED) === SAMPLED };
}

/** Writes one of a sampled trace. */
export function formatTraceparent({ traceId, spanId }: Omit<TraceParent, 'sampled'>): TraceContext {
  return `00-${traceId}-${spanId}-01`;
}
