/** How the load grows and shrinks. */
export interface Ramp {
  readonly low: number;
  readonly high: number;
  /** Time at `low` before, from `low` to `high`, at `high`, and back. */
  readonly beforeMs: number;
  readonly upMs: number;
  readonly topMs: number;
  readonly downMs: number;
}

/** Sessions that should be open at a time after the start. Pure. */
export function sessionsAt({ low, high, beforeMs, upMs, topMs, downMs }: Ramp, atMs: number): number {
  const share = (from: number, length: number): number => Math.min(1, Math.max(0, (atMs - from) / length));
  const risen = share(beforeMs, upMs);
  const fallen = share(beforeMs + upMs + topMs, downMs);
  return Math.round(low + (high - low) * (risen - fallen));
}

/** When the load is back where it began. */
export function rampMs({ beforeMs, upMs, topMs, downMs }: Ramp): number {
  return beforeMs + upMs + topMs + downMs;
}
