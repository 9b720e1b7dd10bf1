/** An error for people: what went wrong and what led to it, without a stack. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const parts = error instanceof AggregateError ? error.errors.map(describeError) : [];
  if (error.cause !== undefined) parts.push(describeError(error.cause));
  return [error.message, ...parts].join(': ');
}
