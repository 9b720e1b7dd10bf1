import { setTimeout as sleep } from 'node:timers/promises';
import { TestSocket } from '@tributary/testkit';
import { expect } from 'vitest';
import { chunk, noise, textsOf } from './speech.js';

const CHUNK_BYTES = 3_200;
const PACE_MS = 10;
/** So much is said at least, however short the case beside it is. */
const MIN_CHUNKS = 20;
const FINAL_MS = 20_000;

let seeds = 1_000;

/** A well-behaved client that speaks while something else happens on the same gateway. */
export class Neighbour {
  readonly sessionId: string;
  readonly #socket: TestSocket;
  readonly #said: Buffer[] = [];
  readonly #audio = noise(60, seeds++);
  #silent = false;
  #speaking: Promise<void> = Promise.resolve();

  private constructor(socket: TestSocket, sessionId: string) {
    this.#socket = socket;
    this.sessionId = sessionId;
  }

  static async open(socketUrl: string): Promise<Neighbour> {
    const socket = await TestSocket.open(socketUrl);
    // No cut at gaps: on a busy machine even a steady speaker falters.
    const { sessionId } = await socket.start({ gap_ms: 0 });
    const neighbour = new Neighbour(socket, sessionId);
    neighbour.#speaking = neighbour.#speak();
    return neighbour;
  }

  /** Says the rest, and checks that everything it said was acknowledged, recognised and stored in order, once. */
  async finishUnharmed(): Promise<void> {
    this.#silent = true;
    await this.#speaking;
    const socket = this.#socket;
    socket.sendJson({ action: 'finish', session_id: this.sessionId });
    const final = await socket.nextOf('final_result', () => true, FINAL_MS);
    const pcm = Buffer.concat(this.#said);
    const texts = textsOf(pcm);
    expect(socket.all('error')).toEqual([]);
    expect(socket.all('chunk_result').map((result) => result.text)).toEqual(texts);
    expect(final).toMatchObject({
      session_id: this.sessionId,
      text: texts.join(' '),
      duration: pcm.length / 32_000,
      chunk_count: this.#said.length,
    });
    const acks = socket.all('ack').filter((ack) => ack.status === 'received');
    expect(acks.map((ack) => ack.chunk_index)).toEqual(this.#said.map((_, index) => index));
    const seqs = [...socket.all('chunk_result'), final].map((event) => event.seq);
    expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  }

  close(): void {
    this.#silent = true;
    this.#socket.terminate();
  }

  async #speak(): Promise<void> {
    const most = this.#audio.length / CHUNK_BYTES;
    for (let n = 0; n < most && (n < MIN_CHUNKS || !this.#silent); n++) {
      const audio = this.#audio.subarray(n * CHUNK_BYTES, (n + 1) * CHUNK_BYTES);
      this.#said.push(audio);
      this.#socket.sendJson(chunk(this.sessionId, n, audio));
      await sleep(PACE_MS);
    }
  }
}

/** Does something while a neighbour speaks on the same gateway, and checks that the neighbour was not harmed. */
export async function besideNeighbour(
  socketUrl: string,
  act: (neighbour: Neighbour) => Promise<void>,
): Promise<void> {
  const neighbour = await Neighbour.open(socketUrl);
  try {
    await act(neighbour);
    await neighbour.finishUnharmed();
  } finally {
    neighbour.close();
  }
}
