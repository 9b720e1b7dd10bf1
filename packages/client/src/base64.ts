/** Bytes turned into one string at a time: more arguments than this overflow the stack of some engines. */
const SLICE_BYTES = 0x2000;

/** Base64 (RFC 4648, with padding) in every environment that has `btoa`: browsers and Node. */
export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
    binary += String.fromCharCode(...bytes.subarray(at, at + SLICE_BYTES));
  }
  return btoa(binary);
}
