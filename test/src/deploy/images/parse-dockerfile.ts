export interface Instruction {
  readonly name: string;
  readonly argument: string;
}

export interface Stage {
  readonly name: string;
  /** An image, or the name of an earlier stage. */
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

/** The stages of a Dockerfile: one instruction a line, comments left out. @throws Error for a line that is none. */
export function parseDockerfile(text: string): Stage[] {
  const stages: { name: string; base: string; instructions: Instruction[] }[] = [];
  for (const line of text.replaceAll(/\\\n/g, ' ').split('\n')) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, name, argument] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
    if (name === undefined || argument === undefined) throw new Error(`not an instruction: ${line}`);
    const from = name === 'FROM' ? /^(\S+) AS (\S+)$/.exec(argument) : null;
    if (from !== null) stages.push({ name: from[2] ?? '', base: from[1] ?? '', instructions: [] });
    else {
      const stage = stages.at(-1);
      if (stage === undefined || name === 'FROM') throw new Error(`a stage without a name: ${line}`);
      stage.instructions.push({ name, argument });
    }
  }
  return stages;
}
