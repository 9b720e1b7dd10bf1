import uWS, { type HttpRequest, type HttpResponse, type TemplatedApp, type WebSocket } from 'uWebSockets.js';
import { ClientSocket, type SocketHost } from './client-socket.js';
import { closeLabel } from './close-label.js';

export interface SocketServerOptions {
  host: SocketHost;
  sockets: Set<ClientSocket>;
  maxPayloadBytes: number;
  maxBacklogBytes: number;
  /** False while the gateway is draining: upgrades are refused with 503. */
  accepting(): boolean;
}

interface UserData {
  userId: string | null;
  /** Header of the upgrade; '' for none. */
  traceparent: string;
  socket: ClientSocket | null;
}

/** Dead peers are found by pings after so long, in seconds. */
const PING_TIMEOUT_S = 120;
const MAX_USER_ID = 256;

/** Serves `/ws/asr`. */
export function serveSockets(app: TemplatedApp, options: SocketServerOptions): void {
  const { host, sockets } = options;
  app.ws<UserData>('/ws/asr', {
    compression: uWS.DISABLED,
    maxPayloadLength: options.maxPayloadBytes,
    maxBackpressure: options.maxBacklogBytes,
    closeOnBackpressureLimit: 1,
    idleTimeout: PING_TIMEOUT_S,
    sendPingsAutomatically: true,
    upgrade: (response, request, context) => {
      if (!options.accepting()) {
        host.metrics.upgradeRefusals.inc({ reason: 'draining' });
        return refuse(response);
      }
      upgrade(response, request, context);
    },
    open: (ws) => {
      const data = ws.getUserData();
      data.socket = new ClientSocket(ws, host, data);
      sockets.add(data.socket);
      host.metrics.opened.inc();
    },
    message: (ws, message, isBinary) => {
      const { socket } = ws.getUserData();
      if (isBinary) socket?.onBinary(message);
      else socket?.onText(Buffer.from(message));
    },
    drain: (ws) => ws.getUserData().socket?.onDrain(),
    close: (ws, code) => {
      host.metrics.closes.inc({ code: closeLabel(code) });
      closed(ws, sockets);
    },
  });
}

function closed(ws: WebSocket<UserData>, sockets: Set<ClientSocket>): void {
  const data = ws.getUserData();
  if (data.socket === null) return;
  sockets.delete(data.socket);
  data.socket.onClose();
  data.socket = null;
}

function refuse(response: HttpResponse): void {
  response.cork(() => {
    response.writeStatus('503 Service Unavailable').writeHeader('Retry-After', '1').end('draining');
  });
}

function upgrade(
  response: HttpResponse,
  request: HttpRequest,
  context: Parameters<HttpResponse['upgrade']>[4],
): void {
  const uid = request.getQuery('uid');
  response.upgrade<UserData>(
    {
      userId: uid === undefined || uid === '' ? null : uid.slice(0, MAX_USER_ID),
      traceparent: request.getHeader('traceparent'),
      socket: null,
    },
    request.getHeader('sec-websocket-key'),
    request.getHeader('sec-websocket-protocol'),
    request.getHeader('sec-websocket-extensions'),
    context,
  );
}
