import { databaseSettings, readConfig } from '@tributary/shared';
import {
  type DatabaseSettings,
  migrate,
  openStore,
  type Store,
  type StoreOptions,
} from '@tributary/shared/store';
import { createDatabase } from '@tributary/testkit';
import postgres from 'postgres';

/** A migrated database of its own, with a store on it. */
export interface TestStore extends Store {
  readonly settings: DatabaseSettings;
  /** A plain client of the same database, for what the store has no words for. */
  readonly admin: postgres.Sql;
  drop(): Promise<void>;
}

export function settingsOf(url: string, more: Record<string, string> = {}): DatabaseSettings {
  return readConfig(databaseSettings, { DATABASE_URL: url, ...more });
}

export async function testStore(options: StoreOptions = {}): Promise<TestStore> {
  const database = await createDatabase();
  const settings = settingsOf(database.url);
  await migrate(settings);
  const store = openStore(settings, options);
  const admin = postgres(database.url, { max: 1, onnotice: () => undefined });
  return {
    ...store,
    settings,
    admin,
    drop: async () => {
      await admin.end();
      await store.close();
      await database.drop();
    },
  };
}
