import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { type HookedSocket, openSockets } from './hooked-socket.js';

const BURST_MS = 20;
const REPEATS_PER_BURST = 40;

/**
 * Some sessions stop reading. So that the server has enough to say to fill every buffer on the way, their first
 * chunk is repeated over and over: each repetition is acknowledged and must change nothing, whatever is in it.
 *
 * @param mayBeSlow only sessions whose first chunk is used up
 * @returns how many of the sockets did not survive it
 */
export async function stopReading(
  count: number,
  forMs: number,
  mayBeSlow: (sessionId: string) => boolean,
): Promise<number> {
  const sockets = openSockets()
    .filter((socket) => mayBeSlow(socket.sessionId as string))
    .slice(0, count);
  for (const socket of sockets) socket.pause();
  const untilMs = performance.now() + forMs;
  while (performance.now() < untilMs) {
    for (const socket of sockets) repeatFirstChunk(socket);
    await sleep(BURST_MS);
  }
  for (const socket of sockets) socket.resume();
  await sleep(1_000);
  return sockets.filter((socket) => socket.readyState !== WebSocket.OPEN).length;
}

function repeatFirstChunk(socket: HookedSocket): void {
  const chunk = { action: 'chunk', session_id: socket.sessionId, chunk_index: 0, audio_data: 'AAA=' };
  const text = JSON.stringify(chunk);
  for (let n = 0; n < REPEATS_PER_BURST; n++) {
    if (socket.readyState === WebSocket.OPEN) socket.send(text);
  }
}
