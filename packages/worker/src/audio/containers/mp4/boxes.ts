import { undecodable } from '../../codecs/wasm-exports.js';

/** The beginning of a box (ISO 14496-12, 4.2). */
export interface BoxHeader {
  type: string;
  headerBytes: number;
  /** Of the whole box; null for an `mdat` that goes on to the end of the file. */
  bytes: number | null;
}

/** QuickTime's own types begin with a copyright sign. */
const PRINTABLE = /^[\x20-\x7e\xa9]{4}$/;

/** The header at the beginning of `bytes`; null when there are too few of them. Throws when it is absurd. */
export function boxHeader(bytes: Uint8Array): BoxHeader | null {
  if (bytes.length < 8) return null;
  const view = viewOf(bytes);
  const short = view.getUint32(0);
  const type = typeAt(bytes, 4);
  if (!PRINTABLE.test(type)) throw undecodable('a broken MP4 box');
  if (short === 0 && type === 'mdat') return { type, headerBytes: 8, bytes: null };
  if (short !== 1) return { type, headerBytes: 8, bytes: checked(short, 8) };
  if (bytes.length < 16) return null;
  return { type, headerBytes: 16, bytes: checked(Number(view.getBigUint64(8)), 16) };
}

/** The boxes that lie in a box, by type, in their order. */
export function boxesIn(body: Uint8Array): { type: string; body: Uint8Array }[] {
  const boxes: { type: string; body: Uint8Array }[] = [];
  for (let rest = body; rest.length >= 8; ) {
    const header = boxHeader(rest);
    if (header === null) break;
    const end = header.bytes ?? rest.length;
    if (end > rest.length) throw undecodable('a broken MP4 box');
    boxes.push({ type: header.type, body: rest.subarray(header.headerBytes, end) });
    rest = rest.subarray(end);
  }
  return boxes;
}

/** The first box of a type within others: `['mdia', 'hdlr']` is the `hdlr` in the `mdia`. */
export function boxAt(body: Uint8Array, path: readonly string[]): Uint8Array | null {
  let found: Uint8Array | null = body;
  for (const type of path) {
    found = boxesIn(found).find((box) => box.type === type)?.body ?? null;
    if (found === null) return null;
  }
  return found;
}

/** Reads numbers one behind the other. Throws `unsupported_audio` where they end too early. */
export class Fields {
  readonly #view: DataView;
  #at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#view = viewOf(bytes);
    this.#at = at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  i32(): number {
    return this.#view.getInt32(this.#take(4));
  }

  u64(): number {
    return Number(this.#view.getBigUint64(this.#take(8)));
  }

  skip(bytes: number): void {
    this.#take(bytes);
  }

  get left(): number {
    return this.#view.byteLength - this.#at;
  }

  #take(bytes: number): number {
    const at = this.#at;
    if (bytes > this.left) throw undecodable('an MP4 box is cut short');
    this.#at += bytes;
    return at;
  }
}

export function typeAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function checked(bytes: number, atLeast: number): number {
  if (bytes < atLeast || !Number.isSafeInteger(bytes)) throw undecodable('a broken MP4 box');
  return bytes;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
