import { WebSocket } from 'ws';

/** The sockets of all sessions of this process. */
const open = new Set<HookedSocket>();

/** A WebSocket that can be found again, to be cut or to stop reading. */
export class HookedSocket extends WebSocket {
  /** Known once the session has begun or resumed on it. */
  sessionId: string | undefined;

  constructor(url: string) {
    super(url, { perMessageDeflate: false });
    open.add(this);
    this.once('close', () => open.delete(this));
  }

  override send(data: string | Uint8Array): void {
    if (this.sessionId === undefined && typeof data === 'string') {
      this.sessionId = (JSON.parse(data) as { session_id?: string }).session_id;
    }
    super.send(data);
  }
}

/** Sockets over which a session is running. */
export function openSockets(): HookedSocket[] {
  return [...open].filter((socket) => socket.sessionId !== undefined && socket.readyState === WebSocket.OPEN);
}
