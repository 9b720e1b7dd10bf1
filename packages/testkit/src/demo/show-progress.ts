import type { SpeechProgress } from './speak.js';

const EVERY_MS = 1_000;
const TEXT_WIDTH = 90;

/** Prints how far every recording is, once a second, where something changed. Returns what ends it, with a last look. */
export function showProgress(sessions: readonly SpeechProgress[], say: (line: string) => void): () => void {
  const shown = new Map<SpeechProgress, string>();
  const show = (): void => {
    for (const session of sessions) {
      const line = progressLine(session);
      if (shown.get(session) === line) continue;
      shown.set(session, line);
      say(line);
    }
  };
  const timer = setInterval(show, EVERY_MS);
  return () => {
    clearInterval(timer);
    show();
  };
}

export function progressLine({ clip, secondsSent, segments, interim, final }: SpeechProgress): string {
  const finished = [...segments, interim === '' ? '' : `${interim} …`]
    .filter((part) => part !== '')
    .join(' ');
  const text = final?.text ?? finished;
  const end = text.length > TEXT_WIDTH ? `…${text.slice(-TEXT_WIDTH)}` : text;
  const place = `${secondsSent.toFixed(1).padStart(4)} of ${clip.wav.seconds.toFixed(1)} s`;
  return `  ${shortName(clip.name)}  ${place}  ${final === undefined ? '' : '[done] '}${end}`;
}

/** The last part of a recording's name: enough to tell them apart. */
export function shortName(name: string): string {
  return (
    name
      .replace(/\.wav$/, '')
      .split('-')
      .at(-1) ?? name
  );
}
