import type { Slabs } from '@tributary/shared';

/** Decodes base64, with or without padding; null when the text is not base64 (Node alone skips what it does not know). */
export function decodeBase64(text: string, slabs: Slabs): Buffer | null {
  let digits = text.length;
  while (digits > 0 && text.length - digits < 2 && text.charCodeAt(digits - 1) === 0x3d) digits--;
  if (digits % 4 === 1) return null;
  const bytes = slabs.take(Math.floor((digits * 3) / 4));
  return bytes.write(text, 'base64') === bytes.length ? bytes : null;
}
