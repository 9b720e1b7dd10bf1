import { describe, expect, it } from 'vitest';
import { mayGoOn, warmUpOf } from './bounds.js';
import { addCosts, type Cost, leastCost, microsPerChunk, NO_COST } from './cost.js';
import { parseRedisCpuMicros } from './cpu-clock.js';
import { floorCommand } from './floor-options.js';
import { type FloorCosts, floorReport, formatFloor } from './floor-report.js';
import { BulkReplyCounter, encodeCommand } from './resp.js';
import { sampleChunk } from './sample-chunk.js';
import { maskedBinaryFrame, serverFrameBytes, upgradeRequest } from './websocket-frames.js';

const cost = (chunks: number, cpuMicros: Record<string, number>): Cost => ({
  chunks,
  wallMs: 1_000,
  cpuMicros,
});

describe('bounds', () => {
  it('end a step at whichever comes first', () => {
    const bounds = { chunks: 100, seconds: 2 };
    expect(mayGoOn(bounds, 99, 1_999)).toBe(true);
    expect(mayGoOn(bounds, 100, 0)).toBe(false);
    expect(mayGoOn(bounds, 0, 2_000)).toBe(false);
    expect(warmUpOf(bounds)).toEqual({ chunks: 20, seconds: 0.4 });
  });
});

describe('costs', () => {
  it('add up process by process', () => {
    const sum = addCosts(addCosts(NO_COST, cost(10, { client: 50, redis: 20 })), cost(30, { client: 70 }));
    expect(sum).toEqual({ chunks: 40, wallMs: 2_000, cpuMicros: { client: 120, redis: 20 } });
    expect(microsPerChunk(sum, 'client')).toBe(3);
  });

  it('are never guessed', () => {
    expect(() => microsPerChunk(NO_COST, 'client')).toThrow('nothing was measured');
    expect(() => leastCost([NO_COST])).toThrow('nothing was measured');
  });

  it('are compared by chunk', () => {
    const cheap = cost(1_000, { client: 2_000, redis: 1_000 });
    expect(leastCost([cost(10, { client: 40 }), cheap, NO_COST])).toBe(cheap);
  });

  it('of Redis are user and system time', () => {
    const info = '# CPU\r\nused_cpu_sys:1.250000\r\nused_cpu_user:2.000001\r\nused_cpu_sys_children:9.0\r\n';
    expect(parseRedisCpuMicros(info)).toBe(3_250_001);
    expect(() => parseRedisCpuMicros('')).toThrow('used_cpu_user');
  });
});

describe('the Redis protocol', () => {
  it('writes commands', () => {
    const command = encodeCommand(['XADD', 's', '*', 'd', Buffer.from([0, 255])]);
    expect(command.toString('latin1')).toBe(
      '*5\r\n$4\r\nXADD\r\n$1\r\ns\r\n$1\r\n*\r\n$1\r\nd\r\n$2\r\n\x00\xff\r\n',
    );
  });

  it('counts replies however they are sliced', () => {
    const replies = Buffer.from('$3\r\n1-0\r\n'.repeat(5));
    for (let slice = 1; slice <= replies.length; slice++) {
      const counter = new BulkReplyCounter();
      let count = 0;
      for (let at = 0; at < replies.length; at += slice)
        count += counter.push(replies.subarray(at, at + slice));
      expect(count).toBe(5);
    }
  });

  it('does not take an error for a reply', () => {
    const counter = new BulkReplyCounter();
    expect(counter.push(Buffer.from('$3\r\n1-0\r\n'))).toBe(1);
    expect(() => counter.push(Buffer.from('-OOM full\r\n'))).toThrow('-OOM full');
  });
});

describe('frames', () => {
  it.each([
    [5, 2],
    [3_200, 4],
    [70_000, 10],
  ])('of %i bytes can be unmasked again', (length, headBytes) => {
    const payload = sampleChunk(length);
    const mask = Buffer.from([1, 2, 3, 4]);
    const frame = maskedBinaryFrame(payload, mask);
    expect(frame[0]).toBe(0x82);
    expect((frame[1] as number) & 0x80).toBe(0x80);
    const body = frame.subarray(headBytes + mask.length);
    expect(Buffer.from(body.map((byte, i) => byte ^ (mask[i % 4] as number))).equals(payload)).toBe(true);
    expect(serverFrameBytes(length)).toBe(headBytes + length);
  });

  it('follow an upgrade request', () => {
    expect(upgradeRequest(80, '/floor')).toMatch(/^GET \/floor HTTP\/1\.1\r\n.*\r\n\r\n$/s);
  });
});

describe('the report', () => {
  const run = (factor: number): FloorCosts => ({
    socket: cost(10, { server: 90 * factor }),
    append: cost(10, { client: 120 * factor, redis: 70 * factor }),
    read: cost(10, { reader: 60 * factor, redis: 30 * factor }),
    rawAppend: cost(10, { client: 40 * factor, redis: 70 * factor }),
    json: cost(10, { parser: 40 * factor }),
    paced: cost(10, { gateway: 300 * factor, redis: 200 * factor, reader: 50 * factor }),
  });
  const machine = { cpu: 'a CPU', cores: 2, system: 'linux', node: 'v20', redis: '7.0.15' };
  const report = floorReport({ chunks: 10, seconds: 1, chunkBytes: 3_200 }, machine, [
    run(2),
    run(1),
    run(3),
  ]);

  it('sums the path of a binary chunk in its cheapest run', () => {
    expect(report.sumMicrosPerChunk).toBeCloseTo(37);
    expect(report.steps.filter((step) => step.counted)).toHaveLength(5);
    expect(report.paced).toEqual({ gateway: 30, redis: 20, reader: 5 });
  });

  it('is a table', () => {
    const table = formatFloor(report);
    expect(table).toMatch(/^sum +37\.00$/m);
    expect(table).toMatch(/^XADD by hand +raw socket +4\.00 +10$/m);
  });
});

describe('the command line', () => {
  it('has defaults, and limits', () => {
    const defaults = floorCommand([], '/here', true);
    expect(defaults).toEqual({ chunks: 150_000, chunkBytes: 3_200, seconds: 15, json: undefined });
    expect(floorCommand(['--json', 'f.json', '--chunks', '2000'], '/here', true)).toMatchObject({
      json: '/here/f.json',
      chunks: 2_000,
    });
    expect(() => floorCommand(['--seconds', '61'], '/here', true)).toThrow('from 1 to 60');
  });
});
