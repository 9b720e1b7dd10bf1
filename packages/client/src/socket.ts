/**
 * What is used of a WebSocket: the browser's, Node's own (22 and later) and that of the `ws` package fit.
 * The handlers are `unknown` because these three give them three types.
 */
export interface WebSocketLike {
  binaryType: string;
  onopen: unknown;
  onmessage: unknown;
  onclose: unknown;
  onerror: unknown;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
}

export type WebSocketConstructor = new (url: string) => WebSocketLike;

export interface SocketHandlers {
  onOpen(): void;
  onText(text: string): void;
  /** Once, also when the socket never opened; not after `abandon`. */
  onClose(code: number, reason: string): void;
}

/** One connection. */
export interface Socket {
  send(data: string | Uint8Array<ArrayBuffer>): void;
  /** Closes, and calls no handler any more. `dead`: without waiting for the other side, where that can be done. */
  abandon(dead: boolean): void;
}

/** RFC 6455: the connection closed without a close frame. */
const ABNORMAL_CLOSURE = 1006;
const NORMAL_CLOSURE = 1000;

function ignore(): void {}

/** Connects to `url`. What the constructor throws (a malformed address) is told to `onClose`, later. */
export function openSocket(WebSocket: WebSocketConstructor, url: string, handlers: SocketHandlers): Socket {
  let live = true;
  const close = (code: number, reason: string): void => {
    if (!live) return;
    live = false;
    handlers.onClose(code, reason);
  };

  let socket: WebSocketLike;
  try {
    socket = new WebSocket(url);
  } catch (error) {
    setTimeout(() => close(ABNORMAL_CLOSURE, String(error)), 0);
    return {
      send: ignore,
      abandon: () => {
        live = false;
      },
    };
  }

  socket.binaryType = 'arraybuffer';
  socket.onopen = () => {
    if (live) handlers.onOpen();
  };
  socket.onmessage = ({ data }: { data: unknown }) => {
    if (live && typeof data === 'string') handlers.onText(data);
  };
  socket.onclose = (event: { code: number; reason: string }) => close(event.code, event.reason);
  // A close follows each error; without a handler `ws` would throw it.
  socket.onerror = ignore;

  return {
    send: (data) => {
      if (!live) return;
      try {
        socket.send(data);
      } catch {
        // It is closing; `onClose` is next, and what was not sent is sent again on the next socket.
      }
    },
    abandon: (dead) => {
      live = false;
      if (dead && 'terminate' in socket && typeof socket.terminate === 'function') socket.terminate();
      else socket.close(NORMAL_CLOSURE);
    },
  };
}
