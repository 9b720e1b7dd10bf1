import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { parseWav } from './wav.js';

/** How one request is answered; without anything, as it should be. */
export interface TranscriptionBehaviour {
  status?: number;
  headers?: Readonly<Record<string, string>>;
  /** In place of a transcription. */
  body?: string;
  /** Never answers. */
  hang?: boolean;
  /** Breaks the connection in the middle of the answer. */
  die?: boolean;
}

/** What a request said. */
export interface TranscriptionRequest {
  path: string;
  authorization: string | undefined;
  fields: Readonly<Record<string, string>>;
  pcm: Int16Array;
}

/** A recogniser behind OpenAI's interface, whose answers can be spoiled. */
export class TranscriptionServer {
  /** How the next requests are answered, one each; afterwards all goes well. */
  readonly script: TranscriptionBehaviour[] = [];
  readonly seen: TranscriptionRequest[] = [];
  /** Decides for each request that the script says nothing of. */
  behave: (request: TranscriptionRequest) => TranscriptionBehaviour = () => ({});
  /** Most requests that were under way at a time. */
  mostAtOnce = 0;
  readonly #textOf: (pcm: Int16Array) => string;
  #open = 0;
  #port = 0;
  readonly #server = createServer((request, response) => {
    // Gateways ask now and then how it is.
    if (request.method !== 'POST') {
      response.end('well');
      return;
    }
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#open);
    response.once('close', () => this.#open--);
    void this.#answer(request, response);
  });

  /** @param textOf what it hears in 16 kHz mono samples. */
  constructor(textOf: (pcm: Int16Array) => string) {
    this.#textOf = textOf;
  }

  /** Listens; on the port it had before when it was stopped. */
  async start(): Promise<this> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  /** Requests that are under way now. */
  get underWay(): number {
    return this.#open;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const seen = await readRequest(request);
    this.seen.push(seen);
    const { status = 200, headers = {}, body, hang, die } = this.script.shift() ?? this.behave(seen);
    if (hang) return;
    const answer =
      body ?? JSON.stringify(status === 200 ? transcription(this.#textOf(seen.pcm), seen) : { error: 'no' });
    response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(answer) });
    if (die) response.write(answer.slice(0, 5), () => response.destroy());
    else response.end(answer);
  }
}

function transcription(text: string, { pcm, fields }: TranscriptionRequest): object {
  if (fields.response_format !== 'verbose_json') return { text };
  const end = pcm.length / 16_000;
  return {
    text,
    segments: [{ avg_logprob: Math.log(0.5) }],
    words: text === '' ? [] : [{ word: text, start: 0, end }],
  };
}

async function readRequest(request: IncomingMessage): Promise<TranscriptionRequest> {
  const headers = { 'content-type': request.headers['content-type'] ?? '' };
  const form = await new Response(await buffer(request), { headers }).formData();
  const fields: Record<string, string> = {};
  let pcm = new Int16Array(0);
  for (const [name, value] of form) {
    if (typeof value === 'string') fields[name] = value;
    else pcm = samplesOf(Buffer.from(await value.arrayBuffer()));
  }
  const { authorization } = request.headers;
  return { path: request.url ?? '', authorization, fields, pcm };
}

function samplesOf(file: Buffer): Int16Array<ArrayBuffer> {
  const { pcm, sampleRate, channels, bitsPerSample } = parseWav(file);
  if (sampleRate !== 16_000 || channels !== 1 || bitsPerSample !== 16) throw new Error('not 16 kHz mono');
  return new Int16Array(Uint8Array.from(pcm).buffer);
}
