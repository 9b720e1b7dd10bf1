import { type DestinationStream, pino } from 'pino';

export type Logger = pino.Logger;

/** `auto`: `pretty` in a terminal, `json` everywhere else. */
export type LogFormat = 'auto' | 'json' | 'pretty';

export interface LoggerOptions {
  level: string;
  role: string;
  instance: string;
  /** Standard output when left out. */
  stream?: DestinationStream;
}

/**
 * Nothing of this is ever given to a logger. Should it be one day, as part of an error or of a message that is logged
 * whole, it is blotted out.
 */
const SECRETS = [
  'audio',
  'audio_data',
  'authorization',
  'password',
  'resume_token',
  'text',
  'token',
  'tokenHash',
];

/** A structured logger of one process: a JSON object a line. No audio, transcript or token is ever given to it. */
export function createLogger({ level, role, instance, stream }: LoggerOptions): Logger {
  const options: pino.LoggerOptions = {
    level,
    base: { role, instance },
    redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: '[secret]' },
  };
  return stream === undefined ? pino(options) : pino(options, stream);
}

/** Where lines go: undefined for standard output as they are. */
export async function logStream(format: LogFormat): Promise<DestinationStream | undefined> {
  const pretty = format === 'pretty' || (format === 'auto' && process.stdout.isTTY);
  if (!pretty) return undefined;
  const { default: build } = await import('pino-pretty');
  return build({ sync: true, translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname,role,instance' });
}
