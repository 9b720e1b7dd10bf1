/** Session ids become Redis keys, SQL parameters and URL paths, so only these characters pass the edge. */
export const SESSION_ID_PATTERN = /^[A-Za-z0-9_.:-]{1,64}$/;

/** True when `value` may be used as a session id. */
export function isSessionId(value: unknown): value is string {
  return typeof value === 'string' && SESSION_ID_PATTERN.test(value);
}
