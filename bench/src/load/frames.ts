/** Kinds of frames (RFC 6455, section 5.2). */
export const OPCODES = { text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa } as const;
export type Opcode = (typeof OPCODES)[keyof typeof OPCODES];

const FINAL = 0x80;
const MASKED = 0x80;
const MASK_BYTES = 4;
const SHORT = 125;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

/** @returns bytes of a client's frame before a payload of so many bytes */
export function headBytes(payloadBytes: number): number {
  if (payloadBytes <= SHORT) return 2 + MASK_BYTES;
  return (payloadBytes <= 0xffff ? 4 : 10) + MASK_BYTES;
}

/**
 * Writes what comes before a payload in a client's frame, to the beginning of `frame`. The mask is zero, which is a valid one, and spares
 * the load generator the masking: the server unmasks all the same.
 */
export function writeHead(frame: Buffer, opcode: Opcode, payloadBytes: number): void {
  frame[0] = FINAL | opcode;
  let at = 2;
  if (payloadBytes <= SHORT) frame[1] = MASKED | payloadBytes;
  else if (payloadBytes <= 0xffff) {
    frame[1] = MASKED | LENGTH_16;
    at = frame.writeUInt16BE(payloadBytes, at);
  } else {
    frame[1] = MASKED | LENGTH_64;
    at = frame.writeUInt32BE(Math.floor(payloadBytes / 2 ** 32), at);
    at = frame.writeUInt32BE(payloadBytes % 2 ** 32, at);
  }
  frame.fill(0, at, at + MASK_BYTES);
}

/** A frame came: its payload is `bytes` from `begin` up to but not including `end`. */
export type OnFrame = (opcode: number, bytes: Buffer, begin: number, end: number) => void;

/** A server sent what the load's clients do not understand: a message in pieces, or a frame that is masked or too long. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** Cuts what a server sends into its frames. */
export class FrameReader {
  readonly #maxPayloadBytes: number;
  /** The beginning of a frame whose end has not come. */
  #rest: Buffer | null = null;

  constructor(maxPayloadBytes: number) {
    this.#maxPayloadBytes = maxPayloadBytes;
  }

  /**
   * @param bytes what came, from `begin` up to but not including `end`; it may be used again when this returns, so payloads that are kept
   *   must be copied
   * @throws {FrameError} what follows cannot be read any more
   */
  read(bytes: Buffer, begin: number, end: number, onFrame: OnFrame): void {
    if (this.#rest !== null) {
      const all = Buffer.concat([this.#rest, bytes.subarray(begin, end)]);
      this.#rest = null;
      return this.read(all, 0, all.length, onFrame);
    }
    let at = begin;
    while (at < end) {
      const next = this.#frame(bytes, at, end, onFrame);
      if (next === 0) {
        this.#rest = Buffer.from(bytes.subarray(at, end));
        return;
      }
      at = next;
    }
  }

  /** @returns where the next frame begins; 0 when this one is not all there */
  #frame(bytes: Buffer, at: number, until: number, onFrame: OnFrame): number {
    if (until < at + 2) return 0;
    const first = bytes[at] as number;
    const short = bytes[at + 1] as number;
    if ((first & ~0xf) !== FINAL || (short & MASKED) !== 0) throw new FrameError('an unexpected frame');
    let begin = at + 2;
    let length = short;
    if (short === LENGTH_16) {
      if (until < begin + 2) return 0;
      length = bytes.readUInt16BE(begin);
      begin += 2;
    } else if (short === LENGTH_64) {
      if (until < begin + 8) return 0;
      length = bytes.readUInt32BE(begin) * 2 ** 32 + bytes.readUInt32BE(begin + 4);
      begin += 8;
    }
    if (length > this.#maxPayloadBytes) throw new FrameError(`a frame of ${length} bytes`);
    const end = begin + length;
    if (until < end) return 0;
    onFrame(first & 0xf, bytes, begin, end);
    return end;
  }
}
