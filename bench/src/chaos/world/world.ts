import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster, ServiceProcess, ServiceRole, TestPostgres, TestRedis } from '@tributary/testkit';
import type { Load } from '../load/load.js';
import type { Fault } from '../oracle/delays.js';
import type { Random } from '../random.js';
import type { Keeper } from './keeper.js';
import type { RedisStore } from './redis-store.js';
import type { TcpProxy } from './tcp-proxy.js';

/** Proxies in front of the stores; the services know no other way to them. */
export interface Network {
  readonly redis: TcpProxy;
  readonly postgres: TcpProxy;
}

export interface WorldParts {
  readonly cluster: Cluster;
  readonly redisStore: RedisStore;
  readonly postgres: TestPostgres;
  /** The services' database, not through a proxy. */
  readonly databaseUrl: string;
  readonly network: Network | undefined;
  readonly keeper: Keeper;
  readonly load: Load;
  readonly random: Random;
  readonly leaseMs: number;
}

/** What a scenario can reach and break while the clients speak. */
export class World {
  readonly cluster: Cluster;
  readonly redisStore: RedisStore;
  readonly postgres: TestPostgres;
  readonly databaseUrl: string;
  readonly keeper: Keeper;
  readonly load: Load;
  readonly random: Random;
  readonly leaseMs: number;
  readonly faults: Fault[] = [];
  readonly #network: Network | undefined;
  readonly #over = new AbortController();
  #untilMs = 0;

  constructor(parts: WorldParts) {
    this.cluster = parts.cluster;
    this.redisStore = parts.redisStore;
    this.postgres = parts.postgres;
    this.databaseUrl = parts.databaseUrl;
    this.keeper = parts.keeper;
    this.load = parts.load;
    this.random = parts.random;
    this.leaseMs = parts.leaseMs;
    this.#network = parts.network;
  }

  /** The bad network, in scenarios that asked for one. */
  get network(): Network {
    if (this.#network === undefined) throw new Error('this scenario has no proxies');
    return this.#network;
  }

  /** The one Redis, in scenarios that have one. */
  get redis(): TestRedis {
    if (this.redisStore.single === undefined) throw new Error('this scenario has several Redis servers');
    return this.redisStore.single;
  }

  /** Begins the time in which things break. */
  begin(ms: number): void {
    this.#untilMs = performance.now() + ms;
    setTimeout(() => this.#over.abort(), ms).unref();
  }

  /** No more faults. */
  get over(): boolean {
    return this.#over.signal.aborted;
  }

  get leftMs(): number {
    return Math.max(0, this.#untilMs - performance.now());
  }

  /** Lets time pass; less of it when the scenario is over before. */
  async pass(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#over.signal }).catch(() => undefined);
  }

  /** Lets a random time pass. */
  async passBetween(fromMs: number, toMs: number): Promise<void> {
    await this.pass(this.random.integer(fromMs, toMs));
  }

  /** Notes that something is broken now. */
  broke(name: string, target: string): void {
    this.faults.push({ name, target, atMs: performance.timeOrigin + performance.now() });
  }

  services(role: ServiceRole): readonly ServiceProcess[] {
    return { gateway: this.cluster.gateways, router: this.cluster.routers, worker: this.cluster.workers }[
      role
    ];
  }

  get allServices(): ServiceProcess[] {
    return [...this.cluster.routers, ...this.cluster.workers, ...this.cluster.gateways];
  }

  /** One of the services of this role that are up; undefined when none is. */
  victim(role: ServiceRole): ServiceProcess | undefined {
    const up = this.services(role).filter((service) => this.keeper.isUp(service));
    return up.length === 0 ? undefined : this.random.pick(up);
  }
}
