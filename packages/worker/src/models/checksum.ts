import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';

/** SHA-256 of all that a stream gives, in lower-case hexadecimal digits. */
export async function sha256Of(stream: Readable): Promise<string> {
  const hash = createHash('sha256');
  for await (const data of stream) hash.update(data as Buffer);
  return hash.digest('hex');
}
