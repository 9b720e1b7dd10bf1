/** An element's identifier and size (RFC 8794, sections 4 to 6). */
export interface ElementHeader {
  id: number;
  /** Null when it is not known: the element goes on until something comes that cannot be inside it. */
  size: number | null;
  headerBytes: number;
}

/** Reads the element that begins at `at`; null when bytes are missing, false when nothing can begin so. */
export function elementHeader(bytes: Uint8Array, at = 0): ElementHeader | null | false {
  const first = bytes[at];
  if (first === undefined) return null;
  const idBytes = Math.clz32(first << 24) + 1;
  if (idBytes > 4) return false;
  const sizeFirst = bytes[at + idBytes];
  if (sizeFirst === undefined) return null;
  const sizeBytes = Math.clz32(sizeFirst << 24) + 1;
  if (sizeBytes > 8) return false;
  const headerBytes = idBytes + sizeBytes;
  if (at + headerBytes > bytes.length) return null;
  const id = unsigned(bytes, at, idBytes);
  return { id, size: codedNumber(bytes, at + idBytes, sizeBytes), headerBytes };
}

/** A number whose first byte tells by its leading zeros how many bytes it has; null when all its bits are ones. */
export function codedNumber(bytes: Uint8Array, at: number, count: number): number | null {
  const mask = (1 << (8 - count)) - 1;
  const first = bytes[at]! & mask;
  const rest = bytes.subarray(at + 1, at + count);
  if (first === mask && rest.every((byte) => byte === 0xff)) return null;
  return first * 256 ** rest.length + unsigned(rest);
}

/** Every element within `bytes` that is there as a whole. */
export function* children(bytes: Uint8Array): Generator<{ id: number; body: Uint8Array }> {
  let at = 0;
  for (;;) {
    const header = elementHeader(bytes, at);
    if (!header || header.size === null) return;
    const end = at + header.headerBytes + header.size;
    if (end > bytes.length) return;
    yield { id: header.id, body: bytes.subarray(at + header.headerBytes, end) };
    at = end;
  }
}

/** Big-endian; exact below 2^53. */
export function unsigned(bytes: Uint8Array, at = 0, count = bytes.length): number {
  let value = 0;
  for (let i = at; i < at + count; i++) value = value * 256 + bytes[i]!;
  return value;
}
