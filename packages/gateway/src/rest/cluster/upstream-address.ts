import { parseHttpAddress } from '@tributary/shared';

/** Where an upstream server is asked, and as whom. */
export interface UpstreamAddress {
  /** Without credentials, to be shown. */
  shown: string;
  /** What to ask for, most telling first; the first that exists is taken. */
  urls: readonly string[];
  headers: Readonly<Record<string, string>>;
}

/** What recognition servers commonly say of themselves. */
const COMMON_PATHS = ['/asr/queue/status', '/queue/status', '/health', '/'];

/** An address with a path of its own is asked for just that. Null when it is no address of HTTP or WebSocket. */
export function parseUpstreamAddress(setting: string): UpstreamAddress | null {
  const address = parseHttpAddress(setting);
  if (address === null) return null;
  const { url, headers } = address;
  const whole = url.pathname === '/' && url.search === '';
  return {
    shown: whole ? url.origin : `${url.origin}${url.pathname}`,
    urls: whole ? COMMON_PATHS.map((path) => url.origin + path) : [url.href],
    headers,
  };
}
