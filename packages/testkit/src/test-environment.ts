import { ProcessRegistry } from './processes/process-registry.js';

/*
 * What the set-up of a test run hands to the processes that run test files. (Not named TRIBUTARY_…: the services,
 * which inherit the environment, refuse such names when they do not know them.)
 */
const POSTGRES_URL = 'TESTKIT_POSTGRES_URL';
const PROCESS_LIST = 'TESTKIT_PROCESS_LIST';

/** Address of the PostgreSQL that all test files of a run share. */
export function sharedPostgresUrl(): string | undefined {
  return process.env[POSTGRES_URL];
}

/** The list of processes that the end of the test run goes through. */
export function testRegistry(): ProcessRegistry | undefined {
  const path = process.env[PROCESS_LIST];
  return path === undefined ? undefined : new ProcessRegistry(path);
}

export function setProcessList(path: string): void {
  process.env[PROCESS_LIST] = path;
}

export function setSharedPostgresUrl(url: string): void {
  process.env[POSTGRES_URL] = url;
}
