import { expect, test } from 'vitest';
import { parseUpstreamAddress } from './upstream-address.js';

test.each([
  ['127.0.0.1:10095', 'http://127.0.0.1:10095', 4],
  ['funasr', 'http://funasr', 4],
  ['ws://funasr:10095', 'http://funasr:10095', 4],
  ['wss://funasr/', 'https://funasr', 4],
  ['https://funasr/status?full=1', 'https://funasr/status', 1],
  ['[::1]:80', 'http://[::1]', 4],
])('%s', (setting, shown, urls) => {
  const address = parseUpstreamAddress(setting);
  expect(address?.shown).toBe(shown);
  expect(address?.urls).toHaveLength(urls);
});

test('credentials are sent but not shown', () => {
  const address = parseUpstreamAddress('http://me:p%40ss@funasr:1/');
  expect(JSON.stringify([address?.shown, address?.urls])).not.toMatch(/me|ss@/);
  expect(address?.headers).toEqual({ authorization: `Basic ${Buffer.from('me:p@ss').toString('base64')}` });
});

test.each(['', 'ftp://funasr', 'http://', 'a b'])('%j is none', (setting) => {
  expect(parseUpstreamAddress(setting)).toBeNull();
});
