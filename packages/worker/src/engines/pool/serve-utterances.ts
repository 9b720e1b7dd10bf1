import type { ChildRecogniser } from './listener.js';
import type { ChildMessage, PoolMessage } from './pool-messages.js';
import { UtteranceServer } from './utterance-server.js';

/** Main of a pool's child process: starts a recogniser and serves utterances until the parent is gone. */
export async function serveUtterances(
  start: () => ChildRecogniser | Promise<ChildRecogniser>,
): Promise<void> {
  if (process.send === undefined) throw new Error('this program is started by a recogniser pool');
  // At once, and whatever a native thread is doing: nobody is left to hear the answer.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  // A terminal's Ctrl-C reaches every process; the pool's owner may still have segments to finish.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => {});
  let recogniser: ChildRecogniser;
  try {
    recogniser = await start();
  } catch (error) {
    // The pool now ends this process.
    tell({ type: 'unusable', reason: error instanceof Error ? error.message : String(error) });
    return;
  }
  const server = new UtteranceServer(recogniser, tell);
  // A failure here is an unhandled rejection: it ends the process, and the pool starts another.
  process.on('message', (commands: PoolMessage) => void server.take(commands));
  tell({ type: 'ready' });
}

/** Sends to the pool; when that fails the channel is closed, and `disconnect` follows. */
function tell(message: ChildMessage): void {
  process.send?.(message, undefined, undefined, () => {});
}
