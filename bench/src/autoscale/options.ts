import { Command, InvalidArgumentError } from 'commander';

export interface AutoscaleOptions {
  /** Sessions at the foot and at the top of the ramp. */
  readonly low: number;
  readonly high: number;
  /** Time goes so many times as fast for the autoscalers. */
  readonly speed: number;
  readonly upSeconds: number;
  readonly topSeconds: number;
  /** Sockets without a session for each session. */
  readonly silentShare: number;
  /** Folder of the reports. */
  readonly out: string;
  /** File of the picture; beside the reports unless given. */
  readonly picture: string | undefined;
}

/** Reads the command line; ends the process with 0 for --help and 1 for what it does not know. */
export function readOptions(args: readonly string[]): AutoscaleOptions {
  const program = new Command('npm run autoscale --')
    .description(
      'Lets the autoscalers of deploy/k8s add and remove real processes while the load grows and shrinks, and reports.',
    )
    .option('--low <sessions>', 'sessions before and after', positive, 20)
    .option('--high <sessions>', 'sessions at the top', positive, 400)
    .option('--speed <factor>', 'how much faster time goes for the autoscalers', positive, 6)
    .option('--up <seconds>', 'from low to high, and back', positive, 100)
    .option('--top <seconds>', 'at the top', positive, 20)
    .option('--silent <count>', 'silent sockets beside each session', positive, 4)
    .option('--out <folder>', 'where the reports go', '.')
    .option('--picture <file>', 'where the plots go as a picture (SVG); beside the reports unless given')
    .parse(args, { from: 'user' });
  const { low, high, speed, up, top, silent, out, picture } = program.opts<{
    low: number;
    high: number;
    speed: number;
    up: number;
    top: number;
    silent: number;
    out: string;
    picture?: string;
  }>();
  return { low, high, speed, upSeconds: up, topSeconds: top, silentShare: silent, out, picture };
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('a number above 0');
  return value;
}
