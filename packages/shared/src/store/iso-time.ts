/** What PostgreSQL writes of a time in UTC, in the years 1 to 9999. */
const USUAL = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(?:\.(\d{1,3}))?\+00$/;

/** ISO 8601 of a time as PostgreSQL writes it: the same as by way of a `Date`, for a fraction of its cost. */
export function isoTime(text: string): string {
  const usual = USUAL.exec(text);
  if (usual === null) return new Date(text).toISOString();
  const [, day, time, fraction = ''] = usual;
  return `${day}T${time}.${fraction.padEnd(3, '0')}Z`;
}
