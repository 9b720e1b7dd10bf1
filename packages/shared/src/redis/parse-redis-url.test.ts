import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRedisUrl, type RedisAddress, type RedisTarget, RedisUrlError } from './parse-redis-url.js';

const nobody = { username: undefined, password: undefined, tls: false };
const noSentinelUser = { sentinelUsername: undefined, sentinelPassword: undefined };

describe('a Redis URL', () => {
  it.each<[string, RedisTarget]>([
    ['redis://localhost', { kind: 'single', ...nobody, host: 'localhost', port: 6379, db: 0 }],
    ['redis://localhost/', { kind: 'single', ...nobody, host: 'localhost', port: 6379, db: 0 }],
    ['redis://10.0.0.1:7000/3', { kind: 'single', ...nobody, host: '10.0.0.1', port: 7000, db: 3 }],
    ['redis://[::1]:6380', { kind: 'single', ...nobody, host: '::1', port: 6380, db: 0 }],
    [
      'rediss://me:p%40ss%2F%3A@cache.example',
      {
        kind: 'single',
        tls: true,
        username: 'me',
        password: 'p@ss/:',
        host: 'cache.example',
        port: 6379,
        db: 0,
      },
    ],
    [
      'redis://:secret@h',
      { kind: 'single', tls: false, username: undefined, password: 'secret', host: 'h', port: 6379, db: 0 },
    ],
    [
      'redis+sentinel://a:1,b/mymaster',
      {
        kind: 'sentinel',
        ...nobody,
        ...noSentinelUser,
        sentinels: [
          { host: 'a', port: 1 },
          { host: 'b', port: 26379 },
        ],
        masterName: 'mymaster',
        db: 0,
      },
    ],
    [
      'rediss+sentinel://u:p@a/m?db=2&sentinel_password=x%26y&sentinel_username=s',
      {
        kind: 'sentinel',
        tls: true,
        username: 'u',
        password: 'p',
        sentinels: [{ host: 'a', port: 26379 }],
        masterName: 'm',
        db: 2,
        sentinelUsername: 's',
        sentinelPassword: 'x&y',
      },
    ],
    [
      'redis+cluster://u:p@a:7000,b:7001',
      {
        kind: 'cluster',
        tls: false,
        username: 'u',
        password: 'p',
        nodes: [
          { host: 'a', port: 7000 },
          { host: 'b', port: 7001 },
        ],
      },
    ],
  ])('%s', (text, target) => {
    expect(parseRedisUrl(text)).toEqual(target);
  });

  it.each([
    ['', 'must begin with'],
    ['localhost:6379', 'must begin with'],
    ['http://localhost', 'must begin with'],
    ['constructor://localhost', 'must begin with'],
    ['redis://', 'every host must be written'],
    ['redis://a,b', 'several hosts need'],
    ['redis://a:0', 'port 0 is not'],
    ['redis://a:65536', 'port 65536 is not'],
    ['redis://a:x', 'every host must be written'],
    ['redis://::1', 'every host must be written'],
    ['redis://a/one', 'whole number'],
    ['redis://a?db=1', 'unknown parameter db'],
    ['redis://hunter2@a', 'needs a password'],
    ['redis://:hunter2%@a', 'the password has a %'],
    ['redis+sentinel://a,b', 'name of the sentinels'],
    ['redis+sentinel://a/my master', 'name of the sentinels'],
    ['redis+sentinel://a/m?password=hunter2', 'unknown parameter password'],
    ['redis+sentinel://a/m?db=-1', 'whole number'],
    ['redis+sentinel://a,,b/m', 'every host must be written'],
    ['redis+cluster://a,b/1', 'no database but 0'],
    ['redis+cluster://a?db=0', 'unknown parameter db'],
  ])('%s is refused', (text, problem) => {
    const refusal = (): RedisTarget => parseRedisUrl(text);
    expect(refusal).toThrow(RedisUrlError);
    expect(refusal).toThrow(problem);
    expect(refusal).not.toThrow('hunter2');
  });
});

const host = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6());
const address: fc.Arbitrary<RedisAddress> = fc.record({ host, port: fc.integer({ min: 1, max: 65_535 }) });
const addresses = fc.array(address, { minLength: 1, maxLength: 5 });
const secret = fc.string({ unit: 'grapheme', minLength: 1 });
const access = fc.record({
  username: fc.option(secret, { nil: undefined }),
  password: secret,
  tls: fc.boolean(),
});
const db = fc.integer({ min: 0, max: 999_999_999 });
const target: fc.Arbitrary<RedisTarget> = fc.oneof(
  fc
    .tuple(access, address, db)
    .map(([how, where, number]) => ({ kind: 'single' as const, ...how, ...where, db: number })),
  fc
    .tuple(access, addresses, db, fc.stringMatching(/^[A-Za-z0-9_.-]{1,20}$/), secret, secret)
    .map(([how, sentinels, number, masterName, sentinelUsername, sentinelPassword]) => ({
      kind: 'sentinel' as const,
      ...how,
      ...{ sentinels, masterName, db: number, sentinelUsername, sentinelPassword },
    })),
  fc.tuple(access, addresses).map(([how, nodes]) => ({ kind: 'cluster' as const, ...how, nodes })),
);

/** The URL that says this. */
function format(what: RedisTarget): string {
  const one = ({ host: name, port }: RedisAddress): string =>
    `${name.includes(':') ? `[${name}]` : name}:${port}`;
  const user = `${encodeURIComponent(what.username ?? '')}:${encodeURIComponent(what.password ?? '')}@`;
  const scheme = what.tls ? 'rediss' : 'redis';
  switch (what.kind) {
    case 'single':
      return `${scheme}://${user}${one(what)}/${what.db}`;
    case 'sentinel': {
      const query = [
        `db=${what.db}`,
        `sentinel_username=${encodeURIComponent(what.sentinelUsername ?? '')}`,
        `sentinel_password=${encodeURIComponent(what.sentinelPassword ?? '')}`,
      ];
      return `${scheme}+sentinel://${user}${what.sentinels.map(one).join(',')}/${what.masterName}?${query.join('&')}`;
    }
    case 'cluster':
      return `${scheme}+cluster://${user}${what.nodes.map(one).join(',')}`;
  }
}

describe('any Redis URL', () => {
  it('is read as it was meant', () => {
    fc.assert(
      fc.property(target, (what) => {
        expect(parseRedisUrl(format(what))).toEqual(what);
      }),
    );
  });

  it('is read or refused, and nothing else', () => {
    const scheme = fc.constantFrom('redis://', 'rediss://', 'redis+sentinel://', 'redis+cluster://', '');
    fc.assert(
      fc.property(scheme, fc.string(), (start, rest) => {
        try {
          expect(['single', 'sentinel', 'cluster']).toContain(parseRedisUrl(start + rest).kind);
        } catch (error) {
          expect(error).toBeInstanceOf(RedisUrlError);
        }
      }),
    );
  });
});
