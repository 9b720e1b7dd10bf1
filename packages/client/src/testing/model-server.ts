import type { ChunkResult, ControlMessage, FinalResult, ServerMessage, SilenceMessage } from '../wire.js';

/** What a socket carries to the server: control and JSON chunks with their index, binary frames without. */
export type Frame = ControlMessage | SilenceMessage | { action: 'chunk'; chunk_index: number | null };

/** One socket as the server sees it. */
export class ModelConnection {
  readonly out: ServerMessage[] = [];
  attached = false;
  binaryNext = 0;
  /** After `slow_down` or `rewind` nothing behind this chunk is taken until it came again, or a `resume`. */
  refusedFrom: number | null = null;
  refuseNext = false;
  hideNextEvent = false;
}

/**
 * The server's side of the protocol for one session, as simple as it can be: it takes chunks in order,
 * commits what it took, and owes events. It notes what a client must never do.
 */
export class ModelServer {
  readonly id: string;
  token: string | null = null;
  /** What was taken and counts; a double or a hole here is a lost promise. */
  heard: number[] = [];
  committed = -1;
  finished = false;
  readonly events: (ChunkResult | FinalResult)[] = [];
  readonly wrongs: string[] = [];
  overloaded = 0;
  #live: ModelConnection | null = null;

  constructor(id: string) {
    this.id = id;
  }

  get lastTaken(): number {
    return this.heard.length - 1;
  }

  /** Whether everything is said. */
  get done(): boolean {
    return this.events.at(-1)?.type === 'final_result';
  }

  receive(connection: ModelConnection, frame: Frame): void {
    switch (frame.action) {
      case 'start':
        return this.#start(connection, frame.resume_token);
      case 'resume':
        return this.#resume(connection, frame);
      case 'finish':
        if (!this.#takes(connection)) return;
        if (connection.refusedFrom !== null || connection.refuseNext)
          return this.#refuse(connection, undefined);
        this.finished = true;
        return;
      case 'finalize':
        return this.#finalize(connection, frame.chunk_index);
      case 'silence':
      case 'chunk': {
        const index = frame.chunk_index ?? connection.binaryNext++;
        return this.#chunk(connection, index);
      }
    }
  }

  /** A worker finishes a segment that ends with this chunk. */
  commitThrough(index: number, finalized = false): void {
    const through = Math.min(index, this.lastTaken);
    if (through <= this.committed && !finalized) return;
    this.#owe({
      type: 'chunk_result',
      session_id: this.id,
      seq: this.events.length + 1,
      chunk_index: through,
      first_chunk_index: Math.min(this.committed + 1, through),
      segment_index: this.events.length,
      text: '',
      start: 0,
      end: 0,
      ...(finalized && { finalized }),
    });
    this.committed = through;
  }

  /** Once `finish` was taken: the rest, and the end. */
  conclude(): void {
    if (!this.finished || this.done) return;
    this.commitThrough(this.lastTaken);
    const seq = this.events.length + 1;
    this.#owe({
      type: 'final_result',
      session_id: this.id,
      seq,
      text: '',
      duration: 0,
      chunk_count: this.heard.length,
    });
  }

  /** The log comes back without its last entries: what was not committed must be sent again. */
  loseTail(): void {
    if (this.finished) return;
    this.heard = this.heard.slice(0, this.committed + 1);
    const connection = this.#live;
    if (connection === null) return;
    connection.refusedFrom = this.committed + 1;
    connection.out.push({ type: 'rewind', session_id: this.id, next_chunk_index: this.committed + 1 });
  }

  repeatEvents(connection: ModelConnection): void {
    if (connection === this.#live) connection.out.push(...this.events);
  }

  closed(connection: ModelConnection): void {
    if (connection === this.#live) this.#live = null;
  }

  #start(connection: ModelConnection, token: string): void {
    if (this.overloaded > 0) return this.#overload(connection);
    if (this.token !== null && this.token !== token) this.wrongs.push('start with another token');
    this.token = token;
    this.#attach(connection, 0);
    connection.out.push({ type: 'ack', status: 'session_started', session_id: this.id, resume_token: token });
  }

  #resume(connection: ModelConnection, frame: Extract<Frame, { action: 'resume' }>): void {
    if (this.overloaded > 0) return this.#overload(connection);
    if (frame.resume_token !== this.token) this.wrongs.push('resume with another token');
    this.#attach(connection, frame.next_chunk_index);
    connection.out.push({
      type: 'ack',
      status: 'session_resumed',
      session_id: this.id,
      next_chunk_index: this.committed + 1,
      committed_through: this.committed,
    });
    connection.out.push(...this.events.filter(({ seq }) => seq > frame.last_seq));
  }

  #attach(connection: ModelConnection, binaryNext: number): void {
    this.#live = connection;
    connection.attached = true;
    connection.binaryNext = binaryNext;
    connection.refusedFrom = null;
    connection.hideNextEvent = false;
  }

  #overload(connection: ModelConnection): void {
    this.overloaded--;
    connection.out.push({ type: 'error', code: 'overloaded', message: '', retry_after_ms: 500 });
  }

  #takes(connection: ModelConnection): boolean {
    if (!connection.attached) this.wrongs.push('audio or finish before start or resume');
    return connection === this.#live;
  }

  #chunk(connection: ModelConnection, index: number): void {
    if (!this.#takes(connection)) return;
    if (connection.refuseNext) {
      connection.refuseNext = false;
      return this.#refuse(connection, index);
    }
    if (connection.refusedFrom !== null && index > Math.max(connection.refusedFrom, this.lastTaken + 1)) {
      return this.#refuse(connection, index);
    }
    connection.refusedFrom = null;
    if (this.finished) {
      connection.out.push({
        type: 'error',
        code: 'session_closed',
        message: '',
        session_id: this.id,
        chunk_index: index,
      });
      return;
    }
    if (index <= this.lastTaken) return this.#ack(connection, index);
    if (index > this.lastTaken + 1) this.wrongs.push(`chunk ${index} after ${this.lastTaken}`);
    this.heard.push(index);
    this.#ack(connection, index);
  }

  /** Sent behind its chunk, it is answered once; passed over when later chunks were taken before. */
  #finalize(connection: ModelConnection, index: number): void {
    if (!this.#takes(connection)) return;
    if (connection.refusedFrom !== null || connection.refuseNext) return this.#slowDown(connection, index);
    if (index > this.lastTaken)
      this.wrongs.push(`finalize behind ${index}, of which ${this.lastTaken} was sent`);
    if (this.finished) {
      connection.out.push({
        type: 'error',
        code: 'session_closed',
        message: '',
        session_id: this.id,
        chunk_index: index,
      });
    } else if (index === this.lastTaken) {
      this.commitThrough(index, true);
    }
  }

  #refuse(connection: ModelConnection, index: number | undefined): void {
    if (index !== undefined) connection.refusedFrom = Math.min(connection.refusedFrom ?? index, index);
    this.#slowDown(connection, index);
  }

  #slowDown(connection: ModelConnection, index: number | undefined): void {
    connection.refuseNext = false;
    connection.out.push({
      type: 'error',
      code: 'slow_down',
      message: '',
      session_id: this.id,
      retry_after_ms: 300,
      ...(index !== undefined && { chunk_index: index }),
    });
  }

  #ack(connection: ModelConnection, index: number): void {
    connection.out.push({
      type: 'ack',
      status: 'received',
      session_id: this.id,
      chunk_index: index,
      committed_through: this.committed,
    });
  }

  #owe(event: ChunkResult | FinalResult): void {
    this.events.push(event);
    const connection = this.#live;
    if (connection === null) return;
    if (connection.hideNextEvent) connection.hideNextEvent = false;
    else connection.out.push(event);
  }
}
