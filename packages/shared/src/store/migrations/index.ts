import type { Migration } from 'kysely';
import * as sessions from './0001-sessions.js';
import * as totals from './0002-totals.js';
import * as channels from './0003-channels.js';

/** Every migration by name, in the order of the names. One that was released is never changed. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-sessions': sessions,
  '0002-totals': totals,
  '0003-channels': channels,
};
