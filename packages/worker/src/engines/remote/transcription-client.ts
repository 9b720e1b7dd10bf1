import { type HttpAddress, parseHttpAddress } from '@tributary/shared';
import type { Recognition } from '../engine.js';
import { RefusedError, RemoteError } from './remote-error.js';
import { parseTranscription } from './transcription.js';
import { wavHeader } from './wav-bytes.js';

export interface TranscriptionClientOptions {
  /** `host:port`, or an address of HTTP; a path ahead of `/v1/audio/transcriptions` is kept. */
  address: string;
  model: string;
  /** Sent as a bearer token. */
  apiKey: string | undefined;
  /** How long one answer may take. */
  timeoutMs: number;
}

/** What is asked of the server for one segment. */
export interface TranscriptionRequest {
  /** 16 kHz mono samples. */
  pcm: Int16Array;
  language: string | null;
  words: boolean;
  hotWords: readonly string[];
}

const PATH = '/v1/audio/transcriptions';
/** Servers refuse what is shorter; silence behind it changes nothing. */
const LEAST_SAMPLES = 1_600;
const MAX_ANSWER_BYTES = 4_194_304;
const MAX_RETRY_AFTER_MS = 60_000;
const NOT_REACHED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Asks an OpenAI-compatible server, one segment a request. */
export class TranscriptionClient {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #options: TranscriptionClientOptions;

  /** @throws Error when the address is none. */
  constructor(options: TranscriptionClientOptions) {
    const address = parseHttpAddress(options.address);
    if (address === null) throw new Error('FUNASR_ADDR is not an address of HTTP');
    this.#url = transcriptionsUrl(address);
    const { apiKey } = options;
    this.#headers = apiKey === undefined ? address.headers : { authorization: `Bearer ${apiKey}` };
    this.#options = options;
  }

  /**
   * @param abort ends the request; also used for the time-out, so it serves one request.
   * @throws RefusedError when asking again is of no use, RemoteError when it may be; the reason of `abort` when it
   * was aborted.
   */
  async transcribe(request: TranscriptionRequest, abort: AbortController): Promise<Recognition> {
    const { timeoutMs } = this.#options;
    const late = new RemoteError(`no answer within ${timeoutMs} ms`);
    const timer = setTimeout(() => abort.abort(late), timeoutMs);
    const startedAt = performance.now();
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: this.#headers,
        body: this.#form(request),
        signal: abort.signal,
      });
      const body = await readText(response);
      if (!response.ok) throw refusal(response, body);
      const recognition = parseTranscription(body, { ...request, samples: request.pcm.length });
      if (recognition === null) throw new RemoteError('the answer is no transcription');
      return { ...recognition, decodeMs: performance.now() - startedAt };
    } catch (error) {
      abort.signal.throwIfAborted();
      if (error instanceof RemoteError || error instanceof RefusedError) throw error;
      throw unreachable(error);
    } finally {
      clearTimeout(timer);
    }
  }

  #form({ pcm, language, words, hotWords }: TranscriptionRequest): FormData {
    const form = new FormData();
    const padding = new Uint8Array(2 * Math.max(0, LEAST_SAMPLES - pcm.length));
    const header = wavHeader(Math.max(LEAST_SAMPLES, pcm.length));
    const samples = new Uint8Array(pcm.buffer as ArrayBuffer, pcm.byteOffset, pcm.byteLength);
    form.append('file', new Blob([header, samples, padding], { type: 'audio/wav' }), 'segment.wav');
    form.append('model', this.#options.model);
    form.append('response_format', words ? 'verbose_json' : 'json');
    form.append('temperature', '0');
    if (words) form.append('timestamp_granularities[]', 'word');
    // ISO 639: servers know `zh`, not `zh-CN`.
    if (language !== null) form.append('language', language.split('-')[0]!.toLowerCase());
    if (hotWords.length > 0) form.append('prompt', hotWords.join(', '));
    return form;
  }
}

function transcriptionsUrl({ url }: HttpAddress): string {
  const path = url.pathname.replace(/\/+$/, '');
  if (path.endsWith('/transcriptions')) return url.href;
  const whole = path.endsWith('/v1') ? `${path}${PATH.slice('/v1'.length)}` : `${path}${PATH}`;
  return `${url.origin}${whole}${url.search}`;
}

/** @throws RemoteError when the answer is larger than any transcription. */
async function readText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    parts.push(part);
    length += part.length;
    if (length > MAX_ANSWER_BYTES) throw new RemoteError('the answer is too long');
  }
  return Buffer.concat(parts).toString();
}

/** What an answer that is not a good one means. Its text is not passed on: it may repeat what was said. */
function refusal({ status, headers }: Response, body: string): Error {
  const why = `the server answered ${status} (${body.length} characters)`;
  if (status < 500 && status !== 408 && status !== 429) return new RefusedError(why);
  const busy = status === 429 || status === 503;
  return new RemoteError(why, {
    retryAfterMs: retryAfterMs(headers),
    counts: status !== 429,
    suspect: !busy,
  });
}

/** `Retry-After`: seconds, or a date. */
function retryAfterMs(headers: Headers): number | null {
  const text = headers.get('retry-after');
  if (text === null) return null;
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? null : Math.min(MAX_RETRY_AFTER_MS, Math.max(0, ms));
}

/** Nothing was said at all: who cannot even be called did not stumble over the segment. `fetch` hides the reason. */
function unreachable(error: unknown): RemoteError {
  if (!(error instanceof Error)) return new RemoteError(String(error));
  const reason = error.cause instanceof Error ? error.cause : error;
  const { code = '' } = reason as NodeJS.ErrnoException;
  return new RemoteError(reason.message, { suspect: !NOT_REACHED.has(code), cause: error });
}
