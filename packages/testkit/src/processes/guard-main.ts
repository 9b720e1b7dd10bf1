import { rm } from 'node:fs/promises';
import { type ChildRecord, endChildren } from './child-record.js';
import type { GuardMessage } from './guard-messages.js';

/*
 * The guard's process. It collects what its parent started; when the parent is gone, it ends what is left:
 * first the services (they stop by themselves when their parent is gone, so this is for those that hang),
 * then the stores, then the temporary folders. All within five seconds.
 */
const SERVICE_GRACE_MS = 2_000;
const STORE_GRACE_MS = 2_200;

const children = new Map<number, ChildRecord>();
const folders = new Set<string>();

function take(message: GuardMessage): void {
  switch (message.type) {
    case 'watch':
      children.set(message.child.pid, message.child);
      break;
    case 'forget':
      children.delete(message.child.pid);
      break;
    case 'watch-folder':
      folders.add(message.path);
      break;
    case 'forget-folder':
      folders.delete(message.path);
      break;
  }
}

async function endEverything(): Promise<void> {
  const all = [...children.values()];
  await endChildren(
    all.filter((child) => child.kind === 'service'),
    SERVICE_GRACE_MS,
  );
  await endChildren(
    all.filter((child) => child.kind === 'store'),
    STORE_GRACE_MS,
  );
  for (const folder of folders) await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

process.on('message', take);
process.once('disconnect', () => {
  void endEverything().finally(() => process.exit());
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
