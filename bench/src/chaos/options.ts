import { randomInt } from 'node:crypto';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Scenario } from './scenario.js';
import { SCENARIOS } from './scenarios.js';

export interface ChaosOptions {
  readonly scenarios: readonly Scenario[];
  readonly seed: number;
  readonly sessions: number;
  /** What each scenario wants when left out. */
  readonly seconds: number | undefined;
  readonly json: string | undefined;
  readonly logs: string | undefined;
  readonly list: boolean;
}

const MOST_SEED = 2 ** 31;
const DEFAULT_SESSIONS = 200;

/** Reads the command line; ends the process on a mistake and for `--help`. */
export function chaosOptions(args: readonly string[]): ChaosOptions {
  const command = new Command('npm run chaos --')
    .description('Breaks a real cluster on purpose while clients speak, and counts what was lost.')
    .addOption(
      new Option('--scenario <names>', 'names, or their first words, with commas between; or all')
        .argParser(chosen)
        .default(SCENARIOS, 'all'),
    )
    .addOption(
      new Option('--seed <number>', 'what is said and what breaks follow from it')
        .argParser(whole(0, MOST_SEED))
        .default(randomInt(MOST_SEED), 'random'),
    )
    .option('--sessions <number>', 'sessions at a time', whole(1, 5_000), DEFAULT_SESSIONS)
    .option('--seconds <number>', 'length of each scenario (default: 60, everything: 300)', whole(2, 86_400))
    .option('--json <file>', 'write everything that is known of the run to a file')
    .option('--logs <folder>', 'write the logs of the services there when a scenario fails')
    .option('--list', 'say which scenarios there are', false)
    .allowExcessArguments(false);
  command.parse(args, { from: 'user' });
  const options = command.opts<{
    scenario: readonly Scenario[];
    seed: number;
    sessions: number;
    seconds?: number;
    json?: string;
    logs?: string;
    list: boolean;
  }>();
  const { scenario: scenarios, seed, sessions, seconds, json, logs, list } = options;
  return { scenarios, seed, sessions, seconds, json, logs, list };
}

/** Scenarios by name: `redis-kill` stands for all whose name begins so, `all` for all. */
function chosen(text: string): readonly Scenario[] {
  if (text === 'all') return SCENARIOS;
  return text.split(',').flatMap((name) => {
    const exact = SCENARIOS.filter((scenario) => scenario.name === name);
    const found =
      exact.length > 0 ? exact : SCENARIOS.filter((scenario) => scenario.name.startsWith(`${name}-`));
    if (found.length === 0) throw new InvalidArgumentError(`there is no scenario ${name}; see --list`);
    return found;
  });
}

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}`);
    }
    return value;
  };
}
