/** A name as CLIENT SETNAME takes it: printable ASCII without spaces. (ioredis ignores that Redis refuses another.) Pure. */
export function clientName(name: string): string {
  return name.replaceAll(/[^!-~]+/g, '-');
}
