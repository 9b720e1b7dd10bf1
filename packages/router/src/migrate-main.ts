import { ConfigError, databaseSettings, readConfig } from '@tributary/shared';
import { migrate, StoreError } from '@tributary/shared/store';

/*
 * Brings the database up to date and ends: for deployments whose routers may not change tables. Exit codes: 0 done,
 * 1 not possible now (PostgreSQL away, a right missing), 2 a configuration that cannot be used.
 */

const EXIT_FAILED = 1;
const EXIT_CONFIG = 2;

try {
  const config = readConfig(databaseSettings, process.env);
  if (process.argv.includes('--check-config')) process.stdout.write('the configuration is usable\n');
  else {
    const done = await migrate(config);
    process.stdout.write(done.length === 0 ? 'the database is up to date\n' : `done: ${done.join(', ')}\n`);
  }
} catch (error) {
  if (!(error instanceof ConfigError) && !(error instanceof StoreError)) throw error;
  process.stderr.write(`migrate: ${error.message}\n`);
  process.exitCode = error instanceof ConfigError ? EXIT_CONFIG : EXIT_FAILED;
}
