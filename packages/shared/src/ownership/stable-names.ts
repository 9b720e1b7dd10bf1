/** Characters of the random part of a member id, with its hyphen. */
const RANDOM_PART = 9;

/**
 * Names by which shards are assigned: the instance's where only one process has it, so that a process that is started
 * again gets the shards it had; else the whole member id.
 *
 * @param members ids of the form `<instance>-<8 random characters>`
 * @returns the member of each name
 */
export function stableNames(members: readonly string[]): Map<string, string> {
  const instanceOf = (member: string): string => member.slice(0, -RANDOM_PART);
  const counts = new Map<string, number>();
  for (const member of members) {
    counts.set(instanceOf(member), (counts.get(instanceOf(member)) ?? 0) + 1);
  }
  const isAlone = (member: string): boolean =>
    instanceOf(member) !== '' && counts.get(instanceOf(member)) === 1;
  return new Map(members.map((member) => [isAlone(member) ? instanceOf(member) : member, member]));
}
