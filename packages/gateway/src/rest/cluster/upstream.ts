import { cached } from '../cached.js';
import type { Upstream } from '../schemas.js';
import { parseUpstreamAddress, type UpstreamAddress } from './upstream-address.js';

const TIMEOUT_MS = 900;
const CACHE_MS = 1_000;
const MAX_ANSWER_BYTES = 65_536;

/** A function that asks the upstream server how it is; its failure is an answer too, so it never rejects. */
export function createUpstream(setting: string): () => Promise<Upstream> {
  const address = parseUpstreamAddress(setting);
  if (address === null) {
    const error = 'FUNASR_ADDR is not an address of HTTP or WebSocket';
    return async () => ({ address: '', reachable: false, http_status: null, answer: null, error });
  }
  return cached(CACHE_MS, () => ask(address));
}

async function ask({ shown, urls, headers }: UpstreamAddress): Promise<Upstream> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const result: Upstream = { address: shown, reachable: false, http_status: null, answer: null, error: null };
  try {
    for (const url of urls) {
      const response = await fetch(url, { headers, signal, redirect: 'manual' });
      // Any answer shows that somebody is there; only a good one is worth handing on.
      result.reachable = response.status < 500;
      result.http_status = response.status;
      const text = await readText(response);
      if (response.ok) return { ...result, answer: asJson(text) };
    }
    return { ...result, error: `the server answered ${result.http_status}` };
  } catch (error) {
    return { ...result, reachable: false, error: describe(error) };
  }
}

/** The beginning of an answer; a server that sends without end is cut off. */
async function readText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  if (response.body === null) return '';
  for await (const part of response.body) {
    parts.push(part);
    length += part.length;
    if (length >= MAX_ANSWER_BYTES) break;
  }
  return Buffer.concat(parts).subarray(0, MAX_ANSWER_BYTES).toString();
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'the server did not answer in time';
  const { cause } = error;
  return cause instanceof Error ? `${error.message}: ${cause.message}` : error.message;
}
