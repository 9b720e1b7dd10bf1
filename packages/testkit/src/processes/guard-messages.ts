import type { ChildRecord } from './child-record.js';

/** What a process tells its guard. */
export type GuardMessage =
  | { type: 'watch'; child: ChildRecord }
  | { type: 'forget'; child: ChildRecord }
  | { type: 'watch-folder'; path: string }
  | { type: 'forget-folder'; path: string };
