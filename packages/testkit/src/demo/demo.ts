import type { Cluster } from '../cluster/start-cluster.js';
import { describeError } from '../describe-error.js';
import type { Clip } from '../speech/clips.js';
import { wordErrors } from '../speech/word-error-rate.js';
import { checkStored } from './check-stored.js';
import { shortName, showProgress } from './show-progress.js';
import { newProgress, type SpeechProgress, speak } from './speak.js';

export interface DemoResult {
  /** Recordings that got their final result. */
  readonly sessions: number;
  /** Over all of them together. */
  readonly wordErrorRate: number;
  readonly problems: readonly string[];
}

type Say = (line: string) => void;

/**
 * Speaks all recordings at once, shows what comes of them, and checks what was stored.
 *
 * @param storedMs how long what is stored may take to follow
 */
export async function runDemo(
  cluster: Pick<Cluster, 'gateways' | 'url'>,
  clips: readonly Clip[],
  { pace, storedMs }: { pace: number; storedMs?: number },
  say: Say,
): Promise<DemoResult> {
  const sessions = clips.map(newProgress);
  const problems: string[] = [];
  const quiet = showProgress(sessions, say);
  try {
    await Promise.all(
      sessions.map(async (session, at) => {
        const gateway = cluster.gateways[at % cluster.gateways.length]!;
        try {
          await speak(gateway.socketUrl, session, pace);
        } catch (error) {
          problems.push(`${session.clip.name}: ${describeError(error)}`);
        }
      }),
    );
  } finally {
    quiet();
  }
  let errors = 0;
  let words = 0;
  for (const session of sessions) {
    if (session.final === undefined) continue;
    const count = compare(session, session.final.text, say);
    errors += count.errors;
    words += count.words;
    try {
      await checkStored(cluster.url, session.sessionId, session.final.text, storedMs);
    } catch (error) {
      problems.push(`${session.clip.name}: ${describeError(error)}`);
    }
  }
  return {
    sessions: sessions.filter((session) => session.final !== undefined).length,
    wordErrorRate: words === 0 ? 1 : errors / words,
    problems,
  };
}

function compare({ clip }: SpeechProgress, text: string, say: Say): { errors: number; words: number } {
  const count = wordErrors(clip.reference, text);
  say('');
  say(`${shortName(clip.name)}  ${count.errors} of ${count.words} words wrong`);
  say(`  said   ${clip.reference}`);
  say(`  heard  ${text}`);
  return count;
}
