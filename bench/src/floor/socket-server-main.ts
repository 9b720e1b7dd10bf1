import uWS from 'uWebSockets.js';
import { ownCpuMicros } from './cpu-clock.js';
import { REPLY, type ServerMessage, SOCKET_PATH } from './socket-protocol.js';

/* The barest server there is: receives a binary frame, replies with a short text. */

const MAX_PAYLOAD_BYTES = 64 * 1_048_576;
const say = (message: ServerMessage): void => {
  process.send?.(message);
};

let frames = 0;

const app = uWS.App();
app.ws(SOCKET_PATH, {
  compression: uWS.DISABLED,
  maxPayloadLength: MAX_PAYLOAD_BYTES,
  idleTimeout: 120,
  message: (socket, _message, isBinary) => {
    if (!isBinary) return;
    frames++;
    socket.send(REPLY);
  },
});
app.listen('127.0.0.1', 0, (listener) => {
  if (listener === false) throw new Error('the socket step found no port');
  say({ type: 'listening', port: uWS.us_socket_local_port(listener) });
});

process.on('message', (message) => {
  if (message === 'snapshot') say({ type: 'snapshot', frames, cpuMicros: ownCpuMicros() });
});
// Whoever started us is gone.
process.on('disconnect', () => process.exit(0));
