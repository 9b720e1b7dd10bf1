import { TributaryClient } from '@tributary/client';
import { Random } from '../random.js';
import { FORMAT } from '../speech.js';
import { HookedSocket } from './hooked-socket.js';
import type { LoadPlan } from './load-messages.js';
import { PlainSession } from './plain-session.js';
import type { SessionRecord } from './session-record.js';
import type { OpenSession } from './speaker.js';

/** The clients of one process, by the way in which they speak. */
export function makeVoices({
  urls,
  seed,
  slots,
}: LoadPlan): Readonly<Record<SessionRecord['voice'], OpenSession>> {
  const random = new Random(seed, 'client', slots[0] ?? 0);
  const packaged = (binary: boolean): OpenSession => {
    const client = new TributaryClient({
      urls,
      WebSocket: HookedSocket,
      binary,
      backoffMaxMs: 2_000,
      random: () => random.next(),
    });
    return ({ sessionId }, onAck) => {
      const options = { sessionId, userId: 'chaos', mode: 'stream', format: FORMAT, gapMs: 0 } as const;
      const session = client.open({ ...options, onAck });
      // A failure shows in `send`, `finish` and the events; here it must only not be unhandled.
      session.ready.catch(() => undefined);
      return session;
    };
  };
  return {
    binary: packaged(true),
    json: packaged(false),
    plain: ({ sessionId }, onAck) => new PlainSession(random.pick(urls), sessionId, onAck),
  };
}
