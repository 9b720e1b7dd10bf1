import { TributaryError } from '@tributary/shared';

/**
 * Seconds of audio that one chunk may hold, those of all its channels together. A chunk is decoded and searched for pauses in one
 * go, some 3 to 9 ms for each of them, and meanwhile a worker renews no lease: one that takes longer than a lease lasts would be begun by one
 * owner after another, and never be done. A few bytes can claim to be minutes.
 */
export const MAX_CHUNK_SECONDS = 300;

/** `unsupported_audio` for a chunk that holds more. */
export function tooMuchAudio(): TributaryError {
  return new TributaryError(
    'unsupported_audio',
    `more than ${MAX_CHUNK_SECONDS} s of audio in one chunk, all channels together: send it in slices`,
  );
}
