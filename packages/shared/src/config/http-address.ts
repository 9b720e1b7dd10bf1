/** An address as people write it, and what to send to prove who asks. */
export interface HttpAddress {
  /** Without credentials; never changed. */
  url: URL;
  headers: Readonly<Record<string, string>>;
}

const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;
const HTTP_SCHEMES: Readonly<Record<string, string>> = { 'ws:': 'http:', 'wss:': 'https:' };

/** Understands `host:port`, and addresses with a scheme of HTTP or WebSocket; null when it is no such address. */
export function parseHttpAddress(setting: string): HttpAddress | null {
  const text = SCHEME.test(setting) ? setting : `http://${setting}`;
  const http = text.replace(/^wss?:/i, (scheme) => HTTP_SCHEMES[scheme.toLowerCase()] ?? scheme);
  if (!URL.canParse(http)) return null;
  const url = new URL(http);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return null;
  const { username, password } = url;
  url.username = '';
  url.password = '';
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const headers: Record<string, string> =
    username === '' ? {} : { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
  return { url, headers };
}
