import { Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_MODEL } from './catalogue.js';

/** What `npm run model` was asked to do. */
export type ModelCommand =
  | { do: 'list' }
  | { do: 'pull'; name: string; timeoutMs: number | undefined }
  /** `any`: only whether there is one at all. */
  | { do: 'path'; name: string | undefined; any: boolean };

const MOST_SECONDS = 86_400;

/** Reads the command line; ends the process on a mistake and for `--help`. */
export function modelCommand(args: readonly string[]): ModelCommand {
  let chosen: ModelCommand | undefined;
  const program = new Command('npm run model --')
    .description('Speech models for the sherpa engine: which there are, and fetching them.')
    .addHelpText('after', HELP);
  program
    .command('list')
    .description('the models of the catalogue, and which of them are here')
    .action(() => {
      chosen = { do: 'list' };
    });
  program
    .command('pull')
    .description(
      'fetch a model; goes on where an earlier try was broken off, and is done at once when it is here',
    )
    .argument('[name]', 'name in the catalogue', DEFAULT_MODEL)
    .addOption(new Option('--timeout <seconds>', 'give up after so long (default: never)').argParser(seconds))
    .action((name: string, { timeout }: { timeout?: number }) => {
      chosen = { do: 'pull', name, timeoutMs: timeout === undefined ? undefined : timeout * 1_000 };
    });
  program
    .command('path')
    .description('print the folder of a model that is here, or of all models')
    .argument('[name]', 'name of a model')
    .option('--any', 'fail when there is no model at all')
    .action((name: string | undefined, { any = false }: { any?: boolean }) => {
      chosen = { do: 'path', name, any };
    });
  // npm keeps the `--` in front of options when it is typed twice.
  program.parse(['node', 'model', ...args.filter((arg, at) => at > 0 || arg !== '--')]);
  return chosen ?? program.help();
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= MOST_SECONDS))
    throw new InvalidArgumentError(`It must be up to ${MOST_SECONDS}.`);
  return value;
}

const HELP = `
Environment:
  MODELS_DIR   folder of all models (default: .cache/tributary/models in your home)

Examples:
  npm run model -- list
  npm run model -- pull                      the default English model
  npm run model -- pull zipformer-zh-en      the default Chinese-English model
  MODELS_DIR=/srv/models npm run model -- pull sense-voice
  npm run model -- path ${DEFAULT_MODEL}`;
