import type { ChunkResult, FinalResult, ReceivedAck, ServerMessage } from '@tributary/shared';
import type { Fault, Lane } from './message-proxy.js';

/** A way to break a server, and what the load test has to say about it. */
export interface Mutation {
  readonly name: string;
  /** Kinds of complaint of which at least one must be made; none for what is no fault. */
  readonly expected: readonly string[];
  /** @param every one message in so many is hit */
  fault(every: number): Fault;
}

type OfType<T extends ServerMessage['type']> = Extract<ServerMessage, { type: T }>;
type Hit<M> = (message: M, lane: Lane) => void;

/** Longer than the load test lets a result be late. */
const DELAY_MS = 1_500;

/** Does `hit` to one of so many messages of a type, in the middle of each row of them. */
function oneIn<T extends ServerMessage['type']>(
  every: number,
  type: T,
  hit: Hit<OfType<T>>,
  applies: (message: OfType<T>) => boolean = () => true,
): Fault {
  let seen = 0;
  return {
    toClient: (message, lane) => {
      if (message.type !== type || !applies(message as OfType<T>)) return lane.toClient(message);
      if (seen++ % every === Math.floor(every / 2)) hit(message as OfType<T>, lane);
      else lane.toClient(message);
    },
  };
}

const result = (every: number, hit: Hit<ChunkResult>): Fault => oneIn(every, 'chunk_result', hit);
const final = (every: number, hit: Hit<FinalResult>): Fault => oneIn(every, 'final_result', hit);
const ack = (every: number, hit: Hit<ReceivedAck>): Fault =>
  oneIn(
    every,
    'ack',
    (message, lane) => hit(message as ReceivedAck, lane),
    (message) => message.status === 'received',
  );

function otherDigit(text: string): string {
  return text.slice(0, -1) + (text.endsWith('0') ? '1' : '0');
}

/** Everything of a lane after the message waits as well: what a network that stalls does. */
function stalled(every: number): Fault {
  let seen = 0;
  const waiting = new Map<Lane, ServerMessage[]>();
  return {
    toClient: (message, lane) => {
      const queue = waiting.get(lane);
      if (queue !== undefined) {
        queue.push(message);
        return;
      }
      if (message.type !== 'chunk_result' || seen++ % every !== Math.floor(every / 2))
        return lane.toClient(message);
      const held = [message as ServerMessage];
      waiting.set(lane, held);
      setTimeout(() => {
        waiting.delete(lane);
        for (const one of held) lane.toClient(one);
      }, DELAY_MS);
    },
  };
}

/** The texts of two sessions' results change places. */
function swapped(every: number): Fault {
  let seen = 0;
  let held: { message: ChunkResult; lane: Lane } | null = null;
  return {
    toClient: (message, lane) => {
      if (message.type !== 'chunk_result') return lane.toClient(message);
      if (held !== null && held.message.session_id !== message.session_id) {
        const other = held;
        held = null;
        other.lane.toClient({ ...other.message, text: message.text });
        return lane.toClient({ ...message, text: other.message.text });
      }
      if (held === null && seen++ % every === Math.floor(every / 2)) held = { message, lane };
      else lane.toClient(message);
    },
  };
}

/** Whole results go to the wrong socket. */
function misdelivered(every: number): Fault {
  const lanes: Lane[] = [];
  const inner = result(every, (message, lane) => {
    const other = lanes.find((one) => one !== lane) ?? lane;
    other.toClient(message);
  });
  return {
    toClient: (message, lane) => {
      if (!lanes.includes(lane)) lanes.push(lane);
      inner.toClient?.(message, lane);
    },
  };
}

/** Two results of one session change places. */
function reordered(every: number): Fault {
  let seen = 0;
  const held = new Map<Lane, ChunkResult>();
  return {
    toClient: (message, lane) => {
      const before = held.get(lane);
      if (message.type === 'chunk_result' && before !== undefined) {
        held.delete(lane);
        lane.toClient(message);
        return lane.toClient(before);
      }
      if (message.type === 'final_result' && before !== undefined) {
        held.delete(lane);
        lane.toClient(message);
        return lane.toClient(before);
      }
      if (message.type === 'chunk_result' && seen++ % every === Math.floor(every / 2))
        held.set(lane, message);
      else lane.toClient(message);
    },
  };
}

/** Audio on its way to the server: one chunk in so many is changed, or lost. */
function audio(every: number, hit: (data: Buffer, lane: Lane) => void): Fault {
  let seen = 0;
  return {
    toServer: (data, isBinary, lane) => {
      const isChunk = data.includes('"action":"chunk"');
      if (isChunk && seen++ % every === Math.floor(every / 2)) hit(data, lane);
      else lane.toServer(data, isBinary);
    },
  };
}

/** One base64 digit in the middle of the samples becomes another. */
function otherSample(data: Buffer): Buffer {
  const changed = Buffer.from(data);
  const at = changed.length - 1_000;
  changed[at] = changed[at] === 0x41 ? 0x42 : 0x41;
  return changed;
}

/** All that the load test has been shown to notice, and two things that it must not mind. */
export const MUTATIONS: readonly Mutation[] = [
  { name: 'nothing is changed', expected: [], fault: () => ({}) },
  {
    name: 'a result is dropped',
    expected: ['out_of_order'],
    fault: (every) => result(every, () => undefined),
  },
  { name: 'a socket stalls after a result', expected: ['late_result'], fault: stalled },
  {
    name: 'a result comes later than those behind it',
    expected: ['out_of_order', 'doubled'],
    fault: (every) =>
      result(every, (message, lane) => void setTimeout(() => lane.toClient(message), DELAY_MS)),
  },
  {
    name: 'a text is changed by one digit',
    expected: ['wrong_text'],
    fault: (every) =>
      result(every, (message, lane) => lane.toClient({ ...message, text: otherDigit(message.text) })),
  },
  {
    name: 'a result is doubled',
    expected: ['doubled'],
    fault: (every) =>
      result(every, (message, lane) => {
        lane.toClient(message);
        lane.toClient(message);
      }),
  },
  { name: 'two results change places', expected: ['out_of_order'], fault: reordered },
  { name: 'two sessions get each other’s text', expected: ['wrong_text'], fault: swapped },
  { name: 'a result goes to another client', expected: ['foreign'], fault: misdelivered },
  {
    name: 'a segment is put in a wrong place',
    expected: ['wrong_place'],
    fault: (every) =>
      result(every, (message, lane) =>
        lane.toClient({ ...message, chunk_index: message.chunk_index + 1, end: message.end + 0.1 }),
      ),
  },
  {
    name: 'a final text is cut short',
    expected: ['wrong_final'],
    fault: (every) =>
      final(every, (message, lane) => lane.toClient({ ...message, text: message.text.slice(0, -9) })),
  },
  {
    name: 'a final result counts one chunk less',
    expected: ['wrong_final'],
    fault: (every) =>
      final(every, (message, lane) => lane.toClient({ ...message, chunk_count: message.chunk_count - 1 })),
  },
  {
    name: 'a final result is dropped',
    expected: ['unfinished'],
    fault: (every) => final(every, () => undefined),
  },
  {
    name: 'an acknowledgement is dropped',
    expected: ['missing_ack'],
    fault: (every) => ack(every, () => undefined),
  },
  {
    name: 'an acknowledgement names a chunk that was not sent',
    expected: ['wrong_ack'],
    fault: (every) =>
      ack(every, (message, lane) => lane.toClient({ ...message, chunk_index: message.chunk_index + 1_000 })),
  },
  {
    name: 'more is said to be committed than is',
    expected: ['wrong_committed'],
    fault: (every) =>
      ack(every, (message, lane) =>
        lane.toClient({ ...message, committed_through: message.committed_through + 10 }),
      ),
  },
  {
    name: 'a chunk changes on its way to the server',
    expected: ['wrong_text'],
    fault: (every) => audio(every, (data, lane) => lane.toServer(otherSample(data), false)),
  },
  {
    name: 'a chunk is lost on its way to the server',
    expected: ['missing_ack', 'wrong_text'],
    fault: (every) => audio(every, () => undefined),
  },
  {
    name: 'an error is told out of nothing',
    expected: ['error'],
    fault: (every) =>
      result(every, (message, lane) => {
        lane.toClient(message);
        lane.toClient({
          type: 'error',
          code: 'internal',
          message: 'made up',
          session_id: message.session_id,
        });
      }),
  },
];
