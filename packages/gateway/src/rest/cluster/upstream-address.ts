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
const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;
const HTTP_SCHEMES: Readonly<Record<string, string>> = { 'ws:': 'http:', 'wss:': 'https:' };

/**
 * Understands `host:port`, and addresses with a scheme of HTTP or WebSocket; one with a path of its own is asked for
 * just that. Null when it is no such address.
 */
export function parseUpstreamAddress(setting: string): UpstreamAddress | null {
  const text = SCHEME.test(setting) ? setting : `http://${setting}`;
  const http = text.replace(/^wss?:/i, (scheme) => HTTP_SCHEMES[scheme.toLowerCase()] ?? scheme);
  if (!URL.canParse(http)) return null;
  const url = new URL(http);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return null;
  const { username, password } = url;
  url.username = '';
  url.password = '';
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const whole = url.pathname === '/' && url.search === '';
  return {
    shown: whole ? url.origin : `${url.origin}${url.pathname}`,
    urls: whole ? COMMON_PATHS.map((path) => url.origin + path) : [url.href],
    headers: username === '' ? {} : { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
  };
}
