import type { Cluster, ScrapeTarget, ServiceProcess, ServiceRole } from '@tributary/testkit';
import type { PodState } from './hpa/propose.js';

export const NAMESPACE = 'autoscale';
/** A process that has not stopped after this is a fault of ours. */
const STOP_MS = 30_000;

/** The processes of one role as a Deployment has them: so many are wanted, others are starting or stopping. */
export class Fleet {
  readonly role: ServiceRole;
  readonly #cluster: Cluster;
  readonly #running: ServiceProcess[];
  readonly #stopping = new Set<ServiceProcess>();
  readonly #onChange: () => void;
  #starting = 0;
  /** What went wrong with a start or a stop. */
  readonly faults: string[] = [];

  constructor(cluster: Cluster, role: ServiceRole, onChange: () => void) {
    this.role = role;
    this.#cluster = cluster;
    this.#onChange = onChange;
    // A copy: the cluster's own list also keeps those that were stopped.
    this.#running = [
      ...{ gateway: cluster.gateways, router: cluster.routers, worker: cluster.workers }[role],
    ];
  }

  /** Replicas that are wanted. */
  get replicas(): number {
    return this.#running.length + this.#starting;
  }

  /** Those that are not being stopped; one that is starting has no name yet. */
  get pods(): PodState[] {
    const starting = Array.from({ length: this.#starting }, (_, n) => ({
      name: `${this.role}-starting-${n}`,
      ready: false,
    }));
    return [...this.#running.map(({ name }) => ({ name, ready: true })), ...starting];
  }

  get ready(): readonly ServiceProcess[] {
    return this.#running;
  }

  /** What Prometheus scrapes; a pod that is stopping is still there. */
  get targets(): ScrapeTarget[] {
    return [...this.ready, ...this.#stopping].map(({ url, name }) => ({
      url,
      labels: { namespace: NAMESPACE, pod: name },
    }));
  }

  scaleTo(replicas: number): void {
    for (let n = this.replicas; n < replicas; n++) void this.#add();
    for (let n = this.replicas; n > replicas; n--) void this.#remove();
  }

  /** Nothing is starting or stopping. */
  get settled(): boolean {
    return this.#starting === 0 && this.#stopping.size === 0;
  }

  async #add(): Promise<void> {
    this.#starting++;
    try {
      this.#running.push(await this.#cluster.add(this.role));
    } catch (error) {
      this.faults.push(error instanceof Error ? error.message : String(error));
    } finally {
      this.#starting--;
      this.#onChange();
    }
  }

  /** The youngest goes first. It leaves the list of addresses at once, and is stopped in order. */
  async #remove(): Promise<void> {
    const service = this.#running.pop();
    if (service === undefined) return;
    this.#stopping.add(service);
    this.#onChange();
    const end = await service.stop(STOP_MS);
    this.#stopping.delete(service);
    if (end?.code !== 0) this.faults.push(`${service.name} ended with ${end?.signal ?? end?.code}`);
    this.#onChange();
  }
}
