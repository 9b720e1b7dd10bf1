import type { Recognition } from './engine.js';
import type { ChildMessage, PoolMessage, SegmentAudio } from './pool-messages.js';

/** The recogniser inside a child process. */
export interface SegmentDecoder {
  decode(segment: SegmentAudio): Promise<Omit<Recognition, 'decodeMs'>>;
  /** Called after each answer, in idle time, to be ready for the next segment. */
  refresh(): Promise<void>;
}

/** Main of a pool's child process: starts a recogniser and serves one segment at a time until the parent is gone. */
export async function serveSegments(start: () => Promise<SegmentDecoder>): Promise<void> {
  if (process.send === undefined) throw new Error('this program is started by a recogniser pool');
  // At once, and whatever a native thread is doing: nobody is left to hear the answer.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  // A terminal's Ctrl-C reaches every process; the pool's owner may still have segments to finish.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => {});
  const decoder = await start().catch((error: unknown) => {
    tell({ type: 'unusable', reason: reasonOf(error) });
  });
  // The pool now ends this process.
  if (decoder === undefined) return;
  process.on('message', (segment: PoolMessage) => void serve(decoder, segment));
  tell({ type: 'ready' });
}

async function serve(decoder: SegmentDecoder, segment: SegmentAudio): Promise<void> {
  const began = performance.now();
  try {
    const heard = await decoder.decode(segment);
    tell({ type: 'recognised', recognition: { ...heard, decodeMs: performance.now() - began } });
  } catch (error) {
    tell({ type: 'failed', reason: reasonOf(error) });
  }
  // A failure here is an unhandled rejection: it ends the process, and the pool starts another.
  await decoder.refresh();
  tell({ type: 'ready' });
}

/** Sends to the pool; when that fails the channel is closed, and `disconnect` follows. */
function tell(message: ChildMessage): void {
  process.send?.(message, undefined, undefined, () => {});
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
