import { describe, expect, it } from 'vitest';
import { benchOptions, loadProcesses, parseDuration, twoDashes } from './options.js';

const read = (line: string) => benchOptions(line.split(' '), '/work', true);

describe('options', () => {
  it('are those that users know', () => {
    const options = read('-- -c 500 -d 60s -mode short -server localhost:8080 -chunk-ms 50 -pace 0 -binary');
    expect(options).toMatchObject({
      scenario: 'steady',
      connections: 500,
      durationMs: 60_000,
      mode: 'short',
      server: 'localhost:8080',
      chunkMs: 50,
      pace: 0,
      binary: true,
      command:
        'npm run bench -- -c 500 -d 60s -mode short -server localhost:8080 -chunk-ms 50 -pace 0 -binary',
    });
  });

  it('have two dashes as well, and a scenario', () => {
    const options = read('ramp --c 7 --duration 5m --mode=long --json out.json --workers 4');
    expect(options).toMatchObject({
      scenario: 'ramp',
      connections: 7,
      durationMs: 300_000,
      mode: 'long',
      json: '/work/out.json',
      workers: 4,
    });
  });

  it.each(['-c 0', '-c x', '-d 5y', '-mode tiny', '-server nowhere', 'dance', '-chunk-ms 5', '-pace -1'])(
    'such as %s are refused',
    (line) => {
      expect(() => read(line)).toThrow();
    },
  );

  it('of one letter stay as they are', () => {
    expect(twoDashes(['-c', '5', '-mode', 'short', '-h', '--json', 'x'])).toEqual([
      '-c',
      '5',
      '--mode',
      'short',
      '-h',
      '--json',
      'x',
    ]);
  });
});

it('durations have units', () => {
  expect(['500ms', '30s', '5m', '1h', '7'].map(parseDuration)).toEqual([
    500, 30_000, 300_000, 3_600_000, 7_000,
  ]);
});

it('many clients get more processes, but no more than there are cores', () => {
  expect(loadProcesses(1, 1_000)).toBe(1);
  expect(loadProcesses(1_000_000, 1)).toBeGreaterThanOrEqual(1);
});
