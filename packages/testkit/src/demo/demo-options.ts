import { Command, InvalidArgumentError, Option } from 'commander';
import { countOptions } from '../launcher/options.js';

export interface DemoOptions {
  readonly gateways: number;
  readonly routers: number;
  readonly workers: number;
  /** Times as fast as people speak. */
  readonly pace: number;
}

const FASTEST = 100;

function pace(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= FASTEST))
    throw new InvalidArgumentError(`It must be above 0 and at most ${FASTEST}.`);
  return value;
}

/** Reads the command line; prints help and mistakes and ends the process for them. */
export function demoOptions(args: readonly string[]): DemoOptions {
  const command = new Command('npm run demo --')
    .description(
      'Starts a cluster on free ports, speaks the bundled recordings to it as a live client would, shows what it\n' +
        'understands, compares it with what was said, and stops. Exit code 0 when every recording got its final\n' +
        'result and history holds the same text. The last line is `wer <number> sessions <n>`.',
    )
    .addOption(
      new Option('--pace <times>', 'how many times as fast as real time to send').argParser(pace).default(1),
    );
  for (const option of countOptions()) command.addOption(option);
  command.parse(['node', 'npm run demo --', ...args.filter((arg, at) => at > 0 || arg !== '--')]);
  return command.opts<DemoOptions>();
}
