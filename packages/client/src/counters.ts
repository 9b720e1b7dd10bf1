import type { Note } from './machine/step.js';

/** What a session did so far. Numbers only grow. */
export interface Counters {
  chunksAccepted: number;
  /** Chunks put on a socket, those sent again included. */
  chunksSent: number;
  chunksResent: number;
  bytesSent: number;
  acks: number;
  /** Events delivered, interim texts included. */
  events: number;
  /** Events that came a second time and were dropped. */
  eventsRepeated: number;
  connects: number;
  disconnects: number;
  resumes: number;
  rewinds: number;
  slowDowns: number;
  overloads: number;
  /** Requests of a gateway to go elsewhere. */
  moves: number;
}

export function newCounters(): Counters {
  return {
    chunksAccepted: 0,
    chunksSent: 0,
    chunksResent: 0,
    bytesSent: 0,
    acks: 0,
    events: 0,
    eventsRepeated: 0,
    connects: 0,
    disconnects: 0,
    resumes: 0,
    rewinds: 0,
    slowDowns: 0,
    overloads: 0,
    moves: 0,
  };
}

const COUNTER_OF: Record<Note['type'], keyof Counters | null> = {
  connected: 'connects',
  disconnected: 'disconnects',
  started: null,
  resumed: 'resumes',
  rewound: 'rewinds',
  slowed: 'slowDowns',
  overloaded: 'overloads',
  moving: 'moves',
  repeated: 'eventsRepeated',
  warning: null,
};

/** Counts what the session noted. */
export function count(counters: Counters, note: Note): void {
  const name = COUNTER_OF[note.type];
  if (name !== null) counters[name]++;
}
