import type { CodedFormat } from '@tributary/shared';
import type { BytePlace } from '../frame-cutter.js';
import type { Slice } from './byte-queue.js';

/** What a container holds: headers, each of which begins a recording, and the packets of its audio track. */
export type Part =
  | {
      kind: 'header';
      format: CodedFormat;
      /** Where the recording begins. */
      place: BytePlace;
    }
  | {
      kind: 'packet';
      /** The packet's own copy. */
      bytes: Uint8Array;
      /** Where a demuxer that knows the format can begin, so that this packet is the first one it finds; else null. */
      place: BytePlace | null;
    };

/**
 * Takes a container apart as it arrives. It buffers one page, block or frame, and knows in which chunk and byte
 * each one began. Given a format it begins in the middle, and passes over what is no beginning of anything.
 */
export interface Demuxer {
  append(slice: Slice): void;
  /** The next part, or null until more bytes come. Throws `unsupported_audio`; then it is of no further use. */
  next(): Part | null;
  /** No more bytes will come: the last part, if it is whole. */
  end(): Part | null;
}

/** Bytes that are no container may be passed over for so long. */
export const MAX_SEARCHED_BYTES = 65_536;

/** Whether `bytes` begin with these, or `text` in Latin-1; false when there are too few. */
export function beginsWith(bytes: Uint8Array, text: string, at = 0): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}
