import { connect, type Socket } from 'node:net';
import { sampleChunk } from './sample-chunk.js';
import { type LoadMessage, type LoadOptions, REPLY, SOCKET_PATH } from './socket-protocol.js';
import { maskedBinaryFrame, serverFrameBytes, upgradeRequest } from './websocket-frames.js';

/*
 * Many clients, each with one chunk on its way: it sends the next when the reply has come. So frames reach the server
 * one by one on many sockets, as those of people who speak do, and as fast as it answers. Or at a pace: then each sends
 * when its time has come, evenly spread over the sockets.
 */

const options = JSON.parse(process.argv[2] ?? '{}') as LoadOptions;
const frame = maskedBinaryFrame(sampleChunk(options.chunkBytes));
const replyBytes = serverFrameBytes(Buffer.byteLength(REPLY));
const HEAD_END = '\r\n\r\n';

function open(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: options.port, noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => socket.write(upgradeRequest(options.port, SOCKET_PATH)));
    let head = '';
    const onHead = (bytes: Buffer): void => {
      head += bytes.toString('latin1');
      if (!head.includes(HEAD_END)) return;
      socket.off('data', onHead);
      if (head.startsWith('HTTP/1.1 101')) resolve(socket);
      else reject(new Error(`the server refused the upgrade: ${head.split('\r\n')[0]}`));
    };
    socket.on('data', onHead);
  });
}

function speak(socket: Socket): void {
  let owed = replyBytes;
  socket.on('data', (bytes) => {
    owed -= bytes.length;
    if (owed > 0) return;
    owed += replyBytes;
    socket.write(frame);
  });
  socket.write(frame);
}

/** One timer for all: each socket has its place within the period. */
function speakAtPace(sockets: readonly Socket[], everyMs: number): void {
  for (const socket of sockets) socket.resume();
  const startedAt = performance.now();
  let sent = 0;
  setInterval(() => {
    const due = Math.floor(((performance.now() - startedAt) / everyMs) * sockets.length);
    for (; sent < due; sent++) sockets[sent % sockets.length]?.write(frame);
  }, 1);
}

process.on('disconnect', () => process.exit(0));
const sockets = await Promise.all(Array.from({ length: options.connections }, open));
process.on('message', (message) => {
  if (message !== 'go') return;
  if (options.everyMs > 0) speakAtPace(sockets, options.everyMs);
  else for (const socket of sockets) speak(socket);
});
const connected: LoadMessage = { type: 'connected' };
process.send?.(connected);
