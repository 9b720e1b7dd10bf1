/** All parts one behind the other; a single part is returned as it is. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0]! : fill(new Uint8Array(totalLength(parts)), parts);
}

/** All parts one behind the other; a single part is returned as it is. */
export function joinPcm(parts: readonly Int16Array[]): Int16Array {
  return parts.length === 1 ? parts[0]! : fill(new Int16Array(totalLength(parts)), parts);
}

function totalLength(parts: readonly { length: number }[]): number {
  return parts.reduce((total, part) => total + part.length, 0);
}

function fill<T extends { set(part: T, at: number): void; length: number }>(
  joined: T,
  parts: readonly T[],
): T {
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
