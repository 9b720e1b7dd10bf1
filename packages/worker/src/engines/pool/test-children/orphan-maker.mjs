/** Starts the child module that is its argument, prints the child's pid when it is ready, and waits to be killed. */
import { fork } from 'node:child_process';

const child = fork(process.argv[2], { serialization: 'advanced', stdio: 'inherit' });
child.once('message', () => {
  // A long segment is under way when this process dies.
  const pcm = Int16Array.from(
    { length: 16_000 * 60 },
    (_, i) => 6_000 * Math.sin(i / 13) * Math.sin(i / 4_001),
  );
  const open = { type: 'open', id: 1, language: null, words: false, hotWords: [], intervalMs: null };
  child.send([open, { type: 'audio', id: 1, pcm }, { type: 'finish', id: 1 }], () => console.log(child.pid));
});
