/** What the socket step's three processes say to each other over their IPC channels. */

/** The server's answer to `'snapshot'`. */
export interface ServerSnapshot {
  readonly type: 'snapshot';
  readonly frames: number;
  readonly cpuMicros: number;
}

export type ServerMessage = { readonly type: 'listening'; readonly port: number } | ServerSnapshot;

export type LoadMessage = { readonly type: 'connected' };

/** What the load process is told on its command line, as JSON. */
export interface LoadOptions {
  readonly port: number;
  readonly connections: number;
  readonly chunkBytes: number;
  /** Each client sends so often; 0: when the reply to the last one has come. */
  readonly everyMs: number;
}

export const SOCKET_PATH = '/floor';

/** As long as an acknowledgement of the client protocol. */
export const REPLY = JSON.stringify({
  type: 'ack',
  status: 'received',
  session_id: '7f9c2e4e-2a4b-4d0e-9c3e-5b8f1d6a7c20',
  chunk_index: 12_345,
  committed_through: 12_300,
});
