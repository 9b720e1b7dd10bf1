import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ProcessRegistry } from '../processes/process-registry.js';
import { SHARED_STATE_FOLDER } from '../stores/postgres-binaries.js';
import {
  type PostgresFolder,
  preparePostgresFolder,
  UnreachableFolderError,
} from '../stores/postgres-folder.js';

/** What the launcher keeps between runs. */
export class DataFolder {
  readonly path: string;
  readonly redis: string;
  readonly logs: string;
  /** The processes that this folder's launcher runs, for the next one in case this one is killed. */
  readonly processes: ProcessRegistry;

  constructor(path: string) {
    mkdirSync(path, { recursive: true, mode: 0o755 });
    this.path = path;
    this.redis = join(path, 'redis');
    this.logs = join(path, 'logs');
    this.processes = new ProcessRegistry(join(path, 'processes.jsonl'));
  }

  /** Keeps the logs of the last run as `<name>.old`, so that those of this run begin empty. */
  rotateLogs(): void {
    mkdirSync(this.logs, { recursive: true, mode: 0o755 });
    for (const name of readdirSync(this.logs)) {
      if (name.endsWith('.log')) renameSync(join(this.logs, name), join(this.logs, `${name}.old`));
    }
  }

  /** The password of the private PostgreSQL; made at the first start. */
  password(): string {
    const path = join(this.path, 'postgres.password');
    if (existsSync(path)) return readFileSync(path, 'utf8').trim();
    const password = randomBytes(24).toString('base64url');
    writeFileSync(path, `${password}\n`, { mode: 0o600 });
    return password;
  }

  /** The private PostgreSQL's folder; elsewhere when its user could not reach it here, and then that is said. */
  async postgres(say: (line: string) => void): Promise<PostgresFolder> {
    try {
      return await preparePostgresFolder(join(this.path, 'postgres'), this.password(), true);
    } catch (error) {
      if (!(error instanceof UnreachableFolderError)) throw error;
    }
    const folder = this.#placeElsewhere();
    say(`PostgreSQL's user cannot reach ${this.path}; its data is kept in ${folder}`);
    mkdirSync(SHARED_STATE_FOLDER, { recursive: true, mode: 0o755 });
    return await preparePostgresFolder(folder, this.password(), true);
  }

  /** The same place at every start; another one for a data folder that was deleted and made anew. */
  #placeElsewhere(): string {
    const path = join(this.path, 'postgres.place');
    if (existsSync(path)) return readFileSync(path, 'utf8').trim();
    const name = `${basename(this.path).replace(/^\.+/, '')}-${randomBytes(6).toString('hex')}`;
    const place = join(SHARED_STATE_FOLDER, name);
    writeFileSync(path, `${place}\n`);
    return place;
  }
}
