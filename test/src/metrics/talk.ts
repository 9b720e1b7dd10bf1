import { shardOf } from '@tributary/shared';
import { scrape, sumOf, TestSocket, waitFor } from '@tributary/testkit';
import { chunk, slices } from '../speech.js';

export const SHARDS = 64;
const FORMAT = { encoding: 's16le', sample_rate: 16_000, channels: 1 };
const CHUNK_BYTES = 3_200;

/** One session on a socket of its own, of headerless continuous audio. */
export class Talk {
  readonly socket: TestSocket;
  readonly sessionId: string;
  #next = 0;

  private constructor(socket: TestSocket, sessionId: string) {
    this.socket = socket;
    this.sessionId = sessionId;
  }

  static async start(socketUrl: string): Promise<Talk> {
    const socket = await TestSocket.open(socketUrl);
    const { sessionId } = await socket.start({ format: FORMAT, gap_ms: 0 });
    return new Talk(socket, sessionId);
  }

  get shard(): number {
    return shardOf(this.sessionId, SHARDS);
  }

  /** Sends audio at once. */
  say(pcm: Buffer): void {
    for (const one of slices(pcm, CHUNK_BYTES))
      this.socket.sendJson(chunk(this.sessionId, this.#next++, one));
  }

  async results(count: number): Promise<void> {
    for (let n = 0; n < count; n++) await this.socket.nextOf('chunk_result', undefined, 20_000);
  }

  async finish(): Promise<string> {
    this.socket.sendJson({ action: 'finish', session_id: this.sessionId });
    const { text } = await this.socket.nextOf('final_result', undefined, 20_000);
    await this.socket.close();
    return text;
  }
}

/** Asks a service for a value until it is as wanted. */
export async function until(
  url: string,
  name: string,
  wanted: (value: number) => boolean,
  labels: Record<string, string> = {},
): Promise<number> {
  let last = Number.NaN;
  const look = async (): Promise<boolean> => {
    last = sumOf(await scrape(url), name, labels);
    return wanted(last);
  };
  try {
    await waitFor(look, { timeoutMs: 15_000, everyMs: 50, what: name });
  } catch (error) {
    throw new Error(`${name} is ${last}`, { cause: error });
  }
  return last;
}

/** What a service says of one metric now. */
export async function read(url: string, name: string, labels: Record<string, string> = {}): Promise<number> {
  return sumOf(await scrape(url), name, labels);
}
