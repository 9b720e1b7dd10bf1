import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { FloorOptions } from './measure-floor.js';

export interface FloorCommand extends FloorOptions {
  /** Where the figures go as JSON, if anywhere. */
  readonly json: string | undefined;
}

const MOST_CHUNKS = 1_000_000;
const MOST_CHUNK_BYTES = 1_048_576;
const MOST_SECONDS = 60;

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

/**
 * Reads the command line; prints help and mistakes and ends the process for them, unless `exitOverride` is asked for.
 *
 * @param cwd what a relative path is relative to.
 */
export function floorCommand(args: readonly string[], cwd: string, exitOverride = false): FloorCommand {
  const command = new Command('npm run floor --')
    .description(
      'Measures what a chunk of audio costs at least on this machine: the CPU time of every step that no design can ' +
        'do without (receive it, put it into Redis, read it from there) and nothing else. Starts a Redis of its own ' +
        'and stops it. Each step runs three times, the cheapest counts; ' +
        'it ends after so many chunks or seconds in all, whichever comes first.',
    )
    .addOption(
      new Option('--chunks <n>', 'chunks for each step')
        .argParser(whole(1_000, MOST_CHUNKS))
        .default(150_000),
    )
    .addOption(
      new Option('--chunk-bytes <n>', 'size of a chunk').argParser(whole(1, MOST_CHUNK_BYTES)).default(3_200),
    )
    .addOption(
      new Option('--seconds <n>', 'time for each step').argParser(whole(1, MOST_SECONDS)).default(15),
    )
    .addOption(new Option('--json <file>', 'write the figures to a file as well'));
  if (exitOverride) command.exitOverride().configureOutput({ writeErr: () => undefined });
  command.parse(['node', 'npm run floor --', ...args.filter((arg, at) => at > 0 || arg !== '--')]);
  const { chunks, chunkBytes, seconds, json } = command.opts<{
    chunks: number;
    chunkBytes: number;
    seconds: number;
    json?: string;
  }>();
  return { chunks, chunkBytes, seconds, json: json === undefined ? undefined : resolve(cwd, json) };
}
