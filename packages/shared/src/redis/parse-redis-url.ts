/** Where one Redis or Sentinel listens. */
export interface RedisAddress {
  host: string;
  port: number;
}

interface Access {
  username: string | undefined;
  password: string | undefined;
  /** Encrypted connections. */
  tls: boolean;
}

/** One server, or a name behind which a provider keeps the current one. */
export interface SingleRedis extends Access, RedisAddress {
  kind: 'single';
  db: number;
}

/** A master and its replicas, watched over by sentinels. */
export interface SentinelRedis extends Access {
  kind: 'sentinel';
  sentinels: RedisAddress[];
  masterName: string;
  db: number;
  sentinelUsername: string | undefined;
  sentinelPassword: string | undefined;
}

/** A Redis Cluster, with some of its nodes to ask for the others. */
export interface ClusterRedis extends Access {
  kind: 'cluster';
  nodes: RedisAddress[];
}

/** What `REDIS_URL` says. */
export type RedisTarget = SingleRedis | SentinelRedis | ClusterRedis;

/** A `REDIS_URL` that cannot be used. The message never holds any part of a user name or password. */
export class RedisUrlError extends Error {
  constructor(problem: string) {
    super(`not a usable Redis URL: ${problem}`);
    this.name = 'RedisUrlError';
  }
}

export const REDIS_URL_FORMS = [
  'redis://[user:password@]host[:port][/db]',
  'redis+sentinel://[user:password@]host[:port],host[:port]/master-name[?db=0&sentinel_username=…&sentinel_password=…]',
  'redis+cluster://[user:password@]host[:port],host[:port]',
] as const;

type Scheme = Pick<RedisTarget, 'kind' | 'tls'> & { port: number };

const SCHEMES: Readonly<Record<string, Scheme>> = {
  redis: { kind: 'single', tls: false, port: 6_379 },
  rediss: { kind: 'single', tls: true, port: 6_379 },
  'redis+sentinel': { kind: 'sentinel', tls: false, port: 26_379 },
  'rediss+sentinel': { kind: 'sentinel', tls: true, port: 26_379 },
  'redis+cluster': { kind: 'cluster', tls: false, port: 6_379 },
  'rediss+cluster': { kind: 'cluster', tls: true, port: 6_379 },
};

/** The text's parts; `URL` itself does not take several hosts. */
const SHAPE = /^([a-z+]+):\/\/(?:([^/?#]*)@)?([^/?#@]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/;
const NAME = /^[A-Za-z0-9_.-]+$/;

/**
 * Reads a `REDIS_URL`. Pure.
 *
 * @throws RedisUrlError
 */
export function parseRedisUrl(text: string): RedisTarget {
  const [, schemeName = '', userInfo, hostList = '', path = '', query] = SHAPE.exec(text) ?? [];
  const scheme = Object.hasOwn(SCHEMES, schemeName) ? SCHEMES[schemeName] : undefined;
  if (scheme === undefined) {
    throw new RedisUrlError(`it must begin with one of ${Object.keys(SCHEMES).join('://, ')}://`);
  }
  const access = { ...parseUserInfo(userInfo), tls: scheme.tls };
  const addresses = hostList.split(',').map((address) => parseAddress(address, scheme.port));
  switch (scheme.kind) {
    case 'single': {
      const [address, ...more] = addresses;
      if (address === undefined || more.length > 0) {
        throw new RedisUrlError('several hosts need redis+sentinel:// or redis+cluster://');
      }
      parseQuery(query, []);
      return { kind: 'single', ...access, ...address, db: parseDb(path) };
    }
    case 'sentinel': {
      const masterName = decode(path, 'master name');
      if (!NAME.test(masterName))
        throw new RedisUrlError(
          "the name of the sentinels' master must follow the hosts, as in …:26379/mymaster",
        );
      const settings = parseQuery(query, ['db', 'sentinel_username', 'sentinel_password']);
      return {
        kind: 'sentinel',
        ...access,
        sentinels: addresses,
        masterName,
        db: parseDb(settings.get('db') ?? ''),
        sentinelUsername: settings.get('sentinel_username'),
        sentinelPassword: settings.get('sentinel_password'),
      };
    }
    case 'cluster':
      if (path !== '' && path !== '0') throw new RedisUrlError('a Redis Cluster has no database but 0');
      parseQuery(query, []);
      return { kind: 'cluster', ...access, nodes: addresses };
  }
}

function parseUserInfo(text: string | undefined): Pick<Access, 'username' | 'password'> {
  if (text === undefined || text === '') return { username: undefined, password: undefined };
  const colon = text.indexOf(':');
  if (colon < 0) throw new RedisUrlError('a user name needs a password, as in user:password@host');
  const username = decode(text.slice(0, colon), 'user name');
  const password = decode(text.slice(colon + 1), 'password');
  return { username: username === '' ? undefined : username, password };
}

function parseAddress(text: string, defaultPort: number): RedisAddress {
  const [, bracketed, plain, port] =
    /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined) throw new RedisUrlError('every host must be written as host or host:port');
  const number = port === undefined ? defaultPort : Number(port);
  if (number < 1 || number > 65_535) throw new RedisUrlError(`port ${port} is not between 1 and 65535`);
  return { host, port: number };
}

function parseDb(text: string): number {
  if (text === '') return 0;
  if (!/^\d{1,9}$/.test(text)) throw new RedisUrlError('the database must be a whole number');
  return Number(text);
}

function parseQuery(text: string | undefined, known: readonly string[]): Map<string, string> {
  const settings = new Map<string, string>();
  for (const pair of (text ?? '').split('&')) {
    if (pair === '') continue;
    const [name = '', ...value] = pair.split('=');
    if (!known.includes(name)) {
      const choice = known.length === 0 ? 'this form takes none' : `there are ${known.join(', ')}`;
      throw new RedisUrlError(`unknown parameter ${/^\w{1,40}$/.test(name) ? name : ''}: ${choice}`);
    }
    settings.set(name, decode(value.join('='), name));
  }
  return settings;
}

function decode(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new RedisUrlError(`the ${what} has a % that is not followed by two hexadecimal digits`);
  }
}
