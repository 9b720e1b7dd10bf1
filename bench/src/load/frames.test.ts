import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameError, FrameReader, headBytes, OPCODES, type Opcode, writeHead } from './frames.js';

const MOST_BYTES = 200_000;

/** A server's frame, which has no mask. */
function serverFrame(opcode: Opcode, payload: Buffer): Buffer {
  const head = Buffer.alloc(headBytes(payload.length));
  writeHead(head, opcode, payload.length);
  head[1] = (head[1] as number) & 0x7f;
  return Buffer.concat([head.subarray(0, head.length - 4), payload]);
}

function readAll(pieces: readonly Buffer[]): [number, string][] {
  const reader = new FrameReader(MOST_BYTES);
  const frames: [number, string][] = [];
  // The same memory for each piece, with something else around it, as when a socket reads.
  const memory = Buffer.alloc(Math.max(...pieces.map(({ length }) => length)) + 7);
  for (const piece of pieces) {
    memory.fill(0xee);
    piece.copy(memory, 3);
    reader.read(memory, 3, 3 + piece.length, (opcode, bytes, begin, end) => {
      frames.push([opcode, bytes.toString('latin1', begin, end)]);
    });
  }
  return frames;
}

const opcode = fc.constantFrom(...Object.values(OPCODES));
const length = fc.oneof(fc.nat(300), fc.constantFrom(125, 126, 0xffff, 0x10000, 70_000));

describe('frames', () => {
  it('are read alike, wherever what comes is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(opcode, length, fc.nat(255)), { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(400_000), { maxLength: 12 }),
        (wanted, cuts) => {
          const all = Buffer.concat(
            wanted.map(([kind, bytes, fill]) => serverFrame(kind, Buffer.alloc(bytes, fill))),
          );
          const at = [0, ...cuts.map((cut) => cut % all.length).sort((a, b) => a - b), all.length];
          const pieces = at.slice(1).map((end, i) => all.subarray(at[i], end));
          expect(readAll(pieces)).toEqual(
            wanted.map(([kind, bytes, fill]) => [kind, Buffer.alloc(bytes, fill).toString('latin1')]),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it('that are masked, in pieces or too long are refused', () => {
    const frames: number[][] = [
      [0x81, 0x80, 0, 0, 0, 0],
      [0x01, 0x01, 65],
      [0xc1, 0x01, 65],
      [0x81, 127, 0, 0, 0, 1, 0, 0, 0, 0],
    ];
    for (const bytes of frames) expect(() => readAll([Buffer.from(bytes)])).toThrow(FrameError);
  });
});
