import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** All mistakes of a process' configuration at once, one line each. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the configuration is not usable:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** A whole number from a variable's text, within bounds. */
export const whole = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

/**
 * Reads the variables named by `shape` once and freezes the result. `NAME_FILE` gives the path of a file that
 * holds the value of `NAME` (secrets). Names that begin with `TRIBUTARY_` and are not known are refused, so a
 * misspelt setting is never silently ignored.
 *
 * @throws ConfigError naming every mistake.
 */
export function readConfig<Shape extends z.ZodRawShape>(
  shape: Shape,
  environment: Environment,
): Readonly<z.infer<z.ZodObject<Shape>>> {
  const problems: string[] = [];
  const raw: Record<string, string> = {};
  for (const name of Object.keys(shape)) {
    const direct = environment[name];
    const file = environment[`${name}_FILE`];
    if (direct !== undefined && direct !== '') raw[name] = direct;
    else if (file !== undefined && file !== '') {
      try {
        raw[name] = readFileSync(file, 'utf8').trim();
      } catch (cause) {
        problems.push(`${name}_FILE: ${cause instanceof Error ? cause.message : String(cause)}`);
      }
    }
  }
  for (const name of Object.keys(environment)) {
    const setting = name in shape ? name : name.replace(/_FILE$/, '');
    if (name.startsWith('TRIBUTARY_') && !(setting in shape)) problems.push(`${name}: no such setting`);
  }
  const parsed = z.object(shape).safeParse(raw);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) problems.push(`${issue.path.join('.')}: ${issue.message}`);
  }
  if (problems.length > 0 || !parsed.success) throw new ConfigError(problems);
  return Object.freeze(parsed.data);
}
