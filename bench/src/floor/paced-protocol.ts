/** What the paced step's processes are told on their command lines, as JSON, and what they answer over IPC. */

/** `people` sockets of which each sends a chunk every so often. */
export interface Pace {
  readonly people: number;
  readonly everyMs: number;
}

/** As many, and as fast, as the standard load: a chunk of 100 ms each, in real time. */
export const STANDARD_PACE: Pace = { people: 500, everyMs: 100 };

export interface StageOptions {
  readonly redisUrl: string;
}

/** The answer to `'snapshot'`: chunks done so far, and what the process has used. */
export interface StageSnapshot {
  readonly type: 'snapshot';
  readonly chunks: number;
  readonly cpuMicros: number;
}

export type StageMessage =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'reading' }
  | StageSnapshot;
