import uWS from 'uWebSockets.js';
import { connectRedis } from './connect-redis.js';
import { ownCpuMicros } from './cpu-clock.js';
import type { StageMessage, StageOptions } from './paced-protocol.js';
import { sampleHeader, streamKeys } from './sample-chunk.js';
import { REPLY, SOCKET_PATH } from './socket-protocol.js';

/* The barest gateway there is: receives a frame, puts it into Redis with one pipelined XADD, replies when it is there. */

const MAX_PAYLOAD_BYTES = 64 * 1_048_576;
const options = JSON.parse(process.argv[2] ?? '{}') as StageOptions;
const redis = connectRedis(options.redisUrl, { enableAutoPipelining: true });
const keys = streamKeys();
const say = (message: StageMessage): void => {
  process.send?.(message);
};

let sockets = 0;
let chunks = 0;

const app = uWS.App();
app.ws<{ key: string; open: boolean }>(SOCKET_PATH, {
  compression: uWS.DISABLED,
  maxPayloadLength: MAX_PAYLOAD_BYTES,
  idleTimeout: 120,
  upgrade: (response, request, context) => {
    response.upgrade(
      { key: keys[sockets++ % keys.length] as string, open: true },
      request.getHeader('sec-websocket-key'),
      request.getHeader('sec-websocket-protocol'),
      request.getHeader('sec-websocket-extensions'),
      context,
    );
  },
  message: (socket, message, isBinary) => {
    if (!isBinary) return;
    const { key } = socket.getUserData();
    const chunk = Buffer.from(new Uint8Array(message));
    redis
      .xadd(key, '*', 'h', sampleHeader(chunks++), 'd', chunk)
      .then(() => {
        if (socket.getUserData().open) socket.send(REPLY);
      })
      .catch(() => process.exit(1));
  },
  close: (socket) => {
    socket.getUserData().open = false;
  },
});
app.listen('127.0.0.1', 0, (listener) => {
  if (listener === false) throw new Error('the paced step found no port');
  say({ type: 'listening', port: uWS.us_socket_local_port(listener) });
});

process.on('message', (message) => {
  if (message === 'snapshot') say({ type: 'snapshot', chunks, cpuMicros: ownCpuMicros() });
});
// Whoever started us is gone.
process.on('disconnect', () => process.exit(0));
