import { setTimeout as sleep } from 'node:timers/promises';
import { awaitHealthy } from '../cluster/await-healthy.js';
import { Services, type ServicesOptions, type StopBudget } from '../cluster/services.js';
import { assertPortFree, PortInUseError } from '../net/free-port.js';
import { killGroup } from '../processes/child-record.js';
import type { ManagedProcess } from '../processes/managed-process.js';
import { identify } from '../processes/process-identity.js';
import { Supervisor } from '../processes/supervisor.js';
import { DataFolder } from './data-folder.js';
import { lockFolder } from './data-folder-lock.js';
import type { LauncherOptions } from './options.js';
import { openPostgres, openRedis } from './stores.js';

/** All stop budgets together stay below the five seconds that a Ctrl-C may take. */
const STOP_BUDGET: StopBudget = { gateway: 1_500, worker: 1_300, router: 600 };
const STORE_STOP_MS = 1_100;

/** How long stopping waits for a start that is still under way. */
const START_END_MS = 2_000;

/** How long a gateway of a laptop's cluster waits for its clients, unless set: there is no other gateway to go to. */
const DRAIN_MS = '1000';

export interface LauncherReport {
  say(line: string): void;
  /** Something cannot run and will not by being started again. */
  fatal(error: Error): void;
}

/** Runs a cluster in a data folder and keeps it running. */
export class Launcher {
  readonly #options: LauncherOptions;
  readonly #report: LauncherReport;
  readonly #entries: ServicesOptions['entries'];
  readonly #supervisors: Supervisor[] = [];
  readonly #stores: ManagedProcess[] = [];
  #services: Services | undefined;
  #unlock: (() => void) | undefined;
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  /** @param entries programs in place of the built services, for tests. */
  constructor(options: LauncherOptions, report: LauncherReport, entries?: ServicesOptions['entries']) {
    this.#options = options;
    this.#report = report;
    this.#entries = entries;
  }

  /** Addresses of the gateways, once started. */
  get urls(): readonly string[] {
    return this.#services?.gateways.map((gateway) => gateway.url) ?? [];
  }

  /** Processes that run now. */
  get processes(): readonly ManagedProcess[] {
    return [...this.#stores, ...(this.#services?.all ?? [])].filter((process) => process.running);
  }

  /** Starts everything and resolves when it serves. On failure `stop` still has to be called. */
  async start(): Promise<void> {
    this.#starting = this.#start();
    await this.#starting;
  }

  /** Stops everything in order, within five seconds; can be called twice, and while it starts. */
  async stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    await this.#stopping;
  }

  /** Kills everything at once. */
  kill(): void {
    for (const { pid } of this.processes) {
      if (pid !== undefined) killGroup(identify(pid));
    }
    this.#unlock?.();
  }

  async #start(): Promise<void> {
    const { options, say } = { options: this.#options, say: this.#report.say };
    const ports = Array.from({ length: options.gateways }, (_, n) => options.port + n);
    for (const port of ports) await requirePort(port, options.host);
    const data = new DataFolder(options.dataFolder);
    this.#unlock = lockFolder(data.path);
    for (const left of await data.processes.endLeftovers())
      say(`ended ${left.name}, left over from the last run`);
    data.rotateLogs();
    say(`data and logs are in ${data.path}`);
    const env: NodeJS.ProcessEnv = { DRAIN_MS, ...options.env };
    for (const open of [openRedis, openPostgres]) {
      if (this.#stopping !== undefined) return;
      const store = await open(options.env, data, say);
      if (store.process !== undefined) this.#stores.push(store.process);
      Object.assign(env, store.env);
    }
    this.#services = new Services({
      env,
      gatewayPorts: ports,
      routers: options.routers,
      workers: options.workers,
      logFolder: data.logs,
      registry: data.processes,
      entries: this.#entries,
    });
    if (this.#stopping !== undefined) return;
    await this.#services.start(say);
    if (this.#stopping !== undefined) return;
    for (const process of this.processes) this.#supervisors.push(new Supervisor(process, this.#report));
    const complaint = await awaitHealthy(this.urls[0] ?? '', () => this.#stopping !== undefined);
    if (complaint !== undefined && this.#stopping === undefined)
      say(`not everything is well yet: ${complaint}`);
  }

  async #stop(): Promise<void> {
    for (const supervisor of this.#supervisors) supervisor.stop();
    await this.#services?.stop(STOP_BUDGET, this.#report.say);
    // A start that is under way notices at its next step; what it brought up until then is stopped here.
    await Promise.race([
      this.#starting?.catch(() => undefined),
      sleep(START_END_MS, undefined, { ref: false }),
    ]);
    await this.#services?.stop(STOP_BUDGET, this.#report.say);
    await this.#stopStores();
    this.#unlock?.();
  }

  async #stopStores(): Promise<void> {
    // Nobody writes any more, and the two know nothing of each other.
    await Promise.all(this.#stores.map(async (store) => await store.stop(STORE_STOP_MS)));
  }
}

async function requirePort(port: number, host: string): Promise<void> {
  try {
    await assertPortFree(port, host);
  } catch (error) {
    if (!(error instanceof PortInUseError)) throw error;
    throw new Error(
      `${error.message}: stop what uses it, or choose another one, for example PORT=${port + 1} npm start`,
    );
  }
}
