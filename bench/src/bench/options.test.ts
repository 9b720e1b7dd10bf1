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

  it.each([
    ['scale -workers 2', 'it tries 1, 2 and 4'],
    ['rest -server localhost:8080', 'a database of its own'],
    ['burst -ramp 5s', 'begin at once'],
    ['soak -warm-up 5s', 'soak has no use for -warm-up'],
    ['idle -pace 2', 'idle has no use for -pace'],
    ['floor -c 5', 'floor has no use for -c'],
    ['shards -d 5s', 'shards has no use for -d'],
    ['-server localhost:8080 -workers 2', 'with -server nothing is'],
    ['overload -engine sherpa', 'only the synthetic recogniser'],
  ])('that say nothing to a scenario are refused: %s', (line, reason) => {
    expect(() => read(line)).toThrow(reason);
  });

  it.each([
    'ramp -c 100 -d 5s -mode long -server localhost:8080 -chunk-ms 250 -pace 2 -engine synthetic -binary -json x',
    'steady -c 5 -d 5s -warm-up 1s',
    'soak -c 5 -d 5m -ramp 2s -gateways 2 -routers 2 -workers 2 -profile p -seed 3',
    'idle -c 5 -d 5s -ramp 2s -server localhost:8080 -load-processes 2',
    'scale -c 30 -d 10s -binary -chunk-ms 250 -json x',
    'rest -c 10 -d 5s -gateways 2 -engine synthetic -no-floor -out y',
    'mutation -c 10 -d 5s -server localhost:8080 -pace 1',
    'overload -c 30 -d 10s -workers 2 -binary',
    'floor -chunk-ms 20 -json x',
    'shards -json x',
  ])('that say something to a scenario are taken: %s', (line) => {
    expect(() => read(line)).not.toThrow();
  });

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
