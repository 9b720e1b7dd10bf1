/**
 * A function that asks `load` at most once every `ttlMs`, and only once at a time however many callers there are.
 * Failures are handed to whoever waits and never kept.
 */
export function cached<Value>(ttlMs: number, load: () => Promise<Value>): () => Promise<Value> {
  let value: Promise<Value> | null = null;
  let freshUntil = Number.POSITIVE_INFINITY;
  return () => {
    if (value !== null && performance.now() < freshUntil) return value;
    freshUntil = Number.POSITIVE_INFINITY;
    value = load().then(
      (loaded) => {
        freshUntil = performance.now() + ttlMs;
        return loaded;
      },
      (error: unknown) => {
        value = null;
        throw error;
      },
    );
    return value;
  };
}
