import type { ProcessRegistry } from '../processes/process-registry.js';
import { ServiceProcess, type ServiceRole } from './service-process.js';

export interface ServicesOptions {
  /** What all services get as their environment; holds the addresses of Redis and PostgreSQL. */
  readonly env: NodeJS.ProcessEnv;
  /** One gateway for each port. */
  readonly gatewayPorts: readonly number[];
  readonly routers: number;
  readonly workers: number;
  readonly logFolder: string;
  readonly registry?: ProcessRegistry | undefined;
  /** Programs to run in place of the built services: for tests of this package. */
  readonly entries?: Readonly<Partial<Record<ServiceRole, string>>> | undefined;
}

/** How long each role may take to stop before it is killed. */
export type StopBudget = Readonly<Record<ServiceRole, number>>;

const ROOMY: StopBudget = { gateway: 5_000, worker: 5_000, router: 5_000 };

/** The gateways, routers and workers of one cluster. */
export class Services {
  readonly gateways: ServiceProcess[] = [];
  readonly routers: ServiceProcess[] = [];
  readonly workers: ServiceProcess[] = [];
  readonly #options: ServicesOptions;

  constructor(options: ServicesOptions) {
    this.#options = options;
    for (let n = 0; n < options.routers; n++) this.create('router');
    for (let n = 0; n < options.workers; n++) this.create('worker');
    for (const port of options.gatewayPorts) this.create('gateway', port);
  }

  get all(): readonly ServiceProcess[] {
    return [...this.routers, ...this.workers, ...this.gateways];
  }

  /** One more service, not started yet. */
  create(role: ServiceRole, port = 0): ServiceProcess {
    const { env, logFolder, registry, entries } = this.#options;
    const list = this.#list(role);
    const service = new ServiceProcess({
      role,
      number: list.length + 1,
      env: { ...env, ...(role === 'gateway' ? { PORT: String(port) } : { ADMIN_PORT: '0' }) },
      logFolder,
      registry,
      entry: entries?.[role],
    });
    list.push(service);
    return service;
  }

  /** Starts role after role: results need a router, audio needs a worker, clients come last. */
  async start(say: (line: string) => void = () => undefined): Promise<void> {
    for (const role of ['router', 'worker', 'gateway'] as const) {
      const list = this.#list(role);
      if (list.length === 0) continue;
      say(`starting ${list.map((service) => service.name).join(', ')}`);
      await Promise.all(list.map(async (service) => await service.start()));
    }
  }

  /** Stops role after role: nobody is left without the one that it hands its work to. */
  async stop(budget: StopBudget = ROOMY, say: (line: string) => void = () => undefined): Promise<void> {
    for (const role of ['gateway', 'worker', 'router'] as const) {
      const running = this.#list(role).filter((service) => service.running);
      if (running.length === 0) continue;
      say(`stopping ${running.map((service) => service.name).join(', ')}`);
      await Promise.all(running.map(async (service) => await service.stop(budget[role])));
    }
  }

  #list(role: ServiceRole): ServiceProcess[] {
    return { gateway: this.gateways, router: this.routers, worker: this.workers }[role];
  }
}
