import { join } from 'node:path';
import { ManagedProcess } from '../processes/managed-process.js';
import type { ProcessRegistry } from '../processes/process-registry.js';
import { builtFile, WORKSPACE_FOLDER } from '../workspace.js';

export type ServiceRole = 'gateway' | 'router' | 'worker';

export interface ServiceOptions {
  readonly role: ServiceRole;
  /** Counted from 1; with the role it makes the name. */
  readonly number: number;
  readonly env: NodeJS.ProcessEnv;
  readonly logFolder: string;
  readonly registry?: ProcessRegistry | undefined;
  /** The program, when it is not the built service: for tests of this package. */
  readonly entry?: string | undefined;
}

const START_TIMEOUT_MS = 60_000;

/** A gateway, router or worker: a process that tells its port when it serves and stops by itself when we are gone. */
export class ServiceProcess extends ManagedProcess {
  readonly role: ServiceRole;

  constructor(options: ServiceOptions) {
    const name = `${options.role}-${options.number}`;
    super({
      name,
      kind: 'service',
      command: process.execPath,
      args: [options.entry ?? builtFile(options.role, 'main.js')],
      env: { ...options.env, INSTANCE_ID: name },
      cwd: WORKSPACE_FOLDER,
      logFile: join(options.logFolder, `${name}.log`),
      stopSignal: 'SIGTERM',
      startTimeoutMs: START_TIMEOUT_MS,
      ready: 'ipc',
      registry: options.registry,
    });
    this.role = options.role;
  }

  /** Address of its HTTP server: a gateway's API, a router's or worker's admin server. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Address for speech, of a gateway. */
  get socketUrl(): string {
    return `ws://127.0.0.1:${this.port}/ws/asr`;
  }
}
