/** The Redis protocol as far as one hot command needs it. */

/** One command as it goes over the wire. */
export function encodeCommand(parts: readonly (string | Buffer)[]): Buffer {
  const pieces: Buffer[] = [Buffer.from(`*${parts.length}\r\n`)];
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part;
    pieces.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'));
  }
  return Buffer.concat(pieces);
}

const LINE_FEED = 0x0a;
const MINUS = 0x2d;
const LINES_A_REPLY = 2;

/** Counts replies that are bulk strings without line breaks in them, as XADD gives; slices may end anywhere. */
export class BulkReplyCounter {
  #lines = 0;
  #counted = 0;
  #atLineStart = true;

  /** Replies that these bytes complete. @throws Error when Redis reports an error. */
  push(bytes: Buffer): number {
    let at = 0;
    while (at < bytes.length) {
      if (this.#atLineStart && bytes[at] === MINUS)
        throw new Error(bytes.toString('latin1', at).split('\r')[0]);
      const end = bytes.indexOf(LINE_FEED, at);
      this.#atLineStart = end >= 0;
      if (end < 0) break;
      this.#lines++;
      at = end + 1;
    }
    const complete = Math.floor(this.#lines / LINES_A_REPLY);
    const fresh = complete - this.#counted;
    this.#counted = complete;
    return fresh;
  }
}
