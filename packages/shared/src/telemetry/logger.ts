import { pino } from 'pino';

export type Logger = pino.Logger;

/** A structured logger of one process. No audio, transcript or token is ever given to it. */
export function createLogger(options: { level: string; role: string; instance: string }): Logger {
  return pino({ level: options.level, base: { role: options.role, instance: options.instance } });
}
