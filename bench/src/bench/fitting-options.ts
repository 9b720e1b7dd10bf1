import type { ScenarioName } from './options.js';

/** Options that not every scenario has a use for, by the library's names. */
export type FittingOption =
  | 'connections'
  | 'duration'
  | 'mode'
  | 'server'
  | 'chunkMs'
  | 'pace'
  | 'ramp'
  | 'warmUp'
  | 'engine'
  | 'gateways'
  | 'routers'
  | 'workers'
  | 'binary'
  | 'lateMs'
  | 'loadProcesses'
  | 'seed'
  | 'profile';

const CLUSTER = ['engine', 'gateways', 'routers', 'workers'] as const;
const SPEECH = ['mode', 'chunkMs', 'pace', 'binary', 'lateMs', 'seed'] as const;
const EVERYTHING = [
  'connections',
  'duration',
  'server',
  'ramp',
  'loadProcesses',
  'profile',
  ...CLUSTER,
  ...SPEECH,
] as const;

function without(...options: FittingOption[]): readonly FittingOption[] {
  return EVERYTHING.filter((option) => !options.includes(option));
}

/** What is measured with all warm makes use of a warm-up. */
const WARM = [...EVERYTHING, 'warmUp'] as const;

/** What each scenario makes use of. */
const USES: Readonly<Record<ScenarioName, readonly FittingOption[]>> = {
  steady: WARM,
  latency: WARM,
  soak: EVERYTHING,
  // All begin at once.
  burst: without('ramp'),
  // It adds clients at a rate of its own.
  ramp: [...without('ramp'), 'warmUp'],
  // Nobody speaks, and the gateway's inspector is in use.
  idle: without('profile', 'mode', 'chunkMs', 'pace', 'binary', 'lateMs', 'seed'),
  // Workers that take a known amount are needed, and only the synthetic recogniser can be told one.
  overload: without('server', 'engine', 'ramp'),
  scale: without('server', 'engine', 'gateways', 'workers', 'profile'),
  // Its clients are always the same kind: binary and short clips.
  mutation: ['connections', 'duration', 'server', 'pace', 'lateMs', 'seed', 'gateways', 'routers', 'workers'],
  rest: ['connections', 'duration', ...CLUSTER],
  shards: [],
  floor: ['chunkMs'],
};

/** What is meant for the cluster that is started says nothing to a server that is running. */
const NOT_WITH_SERVER: readonly FittingOption[] = ['gateways', 'routers', 'workers', 'profile'];

const REASONS: Readonly<Partial<Record<`${ScenarioName} ${FittingOption}`, string>>> = {
  'burst ramp': 'all clients begin at once; steady spreads them',
  'ramp ramp': 'it adds 250 clients a second, until results come too late',
  'overload ramp': 'its clients come all at once',
  'overload server': 'it needs workers of which it knows how much they can take',
  'overload engine': 'only the synthetic recogniser can be told how much it takes',
  'scale server': 'it starts clusters of its own, one after another',
  'scale engine': 'only the synthetic recogniser can be told how much it takes',
  'scale gateways': 'it tries 1, 2 and 4 of them',
  'scale workers': 'it tries 1, 2 and 4 of them',
  'rest server': 'it fills a database of its own',
  'mutation engine': 'faults are known by the words of the synthetic recogniser',
};

/** @returns why this option says nothing to this scenario, as a sentence; undefined when it does */
export function whyNotFitting(
  scenario: ScenarioName,
  option: FittingOption,
  flag: string,
  withServer: boolean,
): string | undefined {
  if (!USES[scenario].includes(option)) {
    const reason = REASONS[`${scenario} ${option}`];
    return `${scenario} has no use for ${flag}${reason === undefined ? '' : `: ${reason}`}.`;
  }
  if (withServer && NOT_WITH_SERVER.includes(option))
    return `${flag} is for a cluster that is started; with -server nothing is.`;
  return undefined;
}
