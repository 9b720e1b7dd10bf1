import { syntheticText } from '@tributary/worker';

/** 16 kHz mono s16le, as headerless audio is understood to be. */
export const RATE_HZ = 16_000;
const BYTES_A_SECOND = RATE_HZ * 2;

/** Noise that is the same for the same seed: sound enough for an engine whose text is a checksum. */
export function noise(seconds: number, seed: number): Buffer {
  const samples = Math.round(seconds * RATE_HZ);
  const pcm = Buffer.alloc(samples * 2);
  let state = (seed * 2_654_435_761) >>> 0;
  for (let i = 0; i < samples; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    pcm.writeInt16LE((state >>> 16) - 32_768, i * 2);
  }
  return pcm;
}

/** What the synthetic engine makes of a segment that holds exactly these samples. */
export function textOf(pcm: Buffer): string {
  // A copy of its own: samples must lie at even places.
  const bytes = Uint8Array.from(pcm);
  return syntheticText(new Int16Array(bytes.buffer, 0, bytes.length >> 1));
}

/** What it makes of continuous audio: a segment each second, and one of what is left. */
export function textsOf(pcm: Buffer): string[] {
  return slices(pcm, BYTES_A_SECOND).map(textOf);
}

/** Cuts into pieces of so many bytes; the last one is as long as it comes. */
export function slices(bytes: Buffer, pieceBytes: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) pieces.push(bytes.subarray(at, at + pieceBytes));
  return pieces;
}

/** The `chunk` message. */
export function chunk(sessionId: string, index: number, audio: Buffer): Record<string, unknown> {
  return {
    action: 'chunk',
    session_id: sessionId,
    chunk_index: index,
    audio_data: audio.toString('base64'),
  };
}
