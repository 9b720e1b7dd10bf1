import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onFreePort } from '../net/free-port.js';
import { ManagedProcess } from '../processes/managed-process.js';
import { searchPath } from '../stores/redis-server.js';
import { tempFolder } from '../temp-folder.js';
import { testRegistry } from '../test-environment.js';
import { PrometheusApi } from './prometheus-api.js';

export interface PrometheusOptions {
  /** How often it scrapes and evaluates rules; at least 100. */
  readonly intervalMs: number;
  readonly ruleFiles?: readonly string[];
}

/** A process to be scraped at `/metrics`. */
export interface ScrapeTarget {
  /** For example `http://127.0.0.1:9090`. */
  readonly url: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A real Prometheus of its own, Debian's, in a temporary folder. */
export interface TestPrometheus extends PrometheusApi {
  /** Scrapes these from now on, and no others. */
  setTargets(targets: readonly ScrapeTarget[]): Promise<void>;
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 30_000;

/** Starts a Prometheus on a free port. @throws ProcessError when it does not start, for example when it is not installed. */
export async function startPrometheus(options: PrometheusOptions): Promise<TestPrometheus> {
  const folder = await tempFolder('prometheus');
  const targetFile = join(folder.path, 'targets.json');
  const write = async (targets: readonly ScrapeTarget[]): Promise<void> => {
    const groups = targets.map(({ url, labels }) => ({ targets: [new URL(url).host], labels }));
    // Under another name until it is whole: Prometheus may be reading.
    await writeFile(`${targetFile}.new`, JSON.stringify(groups));
    await rename(`${targetFile}.new`, targetFile);
  };
  let writing = Promise.resolve();
  // One after the other: the last one asked for is the one that stays.
  const setTargets = async (targets: readonly ScrapeTarget[]): Promise<void> => {
    const turn = writing.then(async () => await write(targets));
    writing = turn.catch(() => undefined);
    await turn;
  };
  try {
    await setTargets([]);
    const configFile = join(folder.path, 'prometheus.yaml');
    await writeFile(configFile, configText(options, targetFile));
    return await onFreePort(async (port) => {
      const url = `http://127.0.0.1:${port}`;
      const process = new ManagedProcess({
        name: 'prometheus',
        kind: 'store',
        command: 'prometheus',
        args: [
          `--config.file=${configFile}`,
          `--storage.tsdb.path=${join(folder.path, 'data')}`,
          `--web.listen-address=127.0.0.1:${port}`,
          '--log.level=warn',
        ],
        env: { PATH: searchPath() },
        cwd: folder.path,
        logFile: join(folder.path, 'prometheus.log'),
        stopSignal: 'SIGTERM',
        startTimeoutMs: START_TIMEOUT_MS,
        ready: async () => ((await isReady(url)) ? port : undefined),
        registry: testRegistry(),
      });
      await process.start();
      const api = new PrometheusApi(url);
      return Object.assign(api, {
        setTargets,
        stop: async () => {
          await process.stop();
          await folder.remove();
        },
      });
    });
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

/** The configuration; JSON is YAML too. */
function configText({ intervalMs, ruleFiles = [] }: PrometheusOptions, targetFile: string): string {
  const interval = `${intervalMs}ms`;
  return JSON.stringify({
    global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
    rule_files: ruleFiles,
    scrape_configs: [
      { job_name: 'tributary', file_sd_configs: [{ files: [targetFile], refresh_interval: '1s' }] },
    ],
  });
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    return false;
  }
}
