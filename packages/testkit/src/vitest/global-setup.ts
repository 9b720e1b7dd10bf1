import { join } from 'node:path';
import { ProcessRegistry } from '../processes/process-registry.js';
import { startPostgres } from '../stores/start-postgres.js';
import { tempFolder } from '../temp-folder.js';
import { setProcessList, setSharedPostgresUrl } from '../test-environment.js';
import { builtFile } from '../workspace.js';

/**
 * Before a test run: one PostgreSQL that all test files share. After it: an end to every process that a failed
 * test may have left, found by the list that the testkit keeps.
 */
export default async function globalSetup(): Promise<() => Promise<void>> {
  builtFile('testkit', 'processes/guard-main.js');
  const folder = await tempFolder('test-run');
  const list = join(folder.path, 'processes.jsonl');
  setProcessList(list);
  try {
    const postgres = await startPostgres();
    setSharedPostgresUrl(postgres.url);
    return async () => {
      await postgres.stop();
      const left = await new ProcessRegistry(list).endLeftovers();
      for (const child of left)
        process.stderr.write(`a test left ${child.name} (process ${child.pid}) behind\n`);
      await folder.remove();
    };
  } catch (error) {
    await folder.remove();
    throw error;
  }
}
