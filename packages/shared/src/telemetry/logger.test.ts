import { expect, test } from 'vitest';
import { createLogger } from './logger.js';

function logged(
  level: string,
  log: (logger: ReturnType<typeof createLogger>) => void,
): Record<string, unknown>[] {
  const lines: string[] = [];
  const stream = { write: (line: string) => void lines.push(line) };
  log(createLogger({ level, role: 'worker', instance: 'w1', stream }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('a line is one JSON object that says who wrote it', () => {
  const [line] = logged('info', (logger) => logger.warn({ shard: 3, session: 's' }, 'two\nlines'));
  expect(line).toMatchObject({
    level: 40,
    role: 'worker',
    instance: 'w1',
    shard: 3,
    session: 's',
    msg: 'two\nlines',
  });
  expect(line?.time).toBeTypeOf('number');
});

test('less severe lines than asked for are not written', () => {
  const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
  levels.forEach((least, at) => {
    const lines = logged(least, (logger) => {
      for (const level of levels) logger[level]('x');
    });
    expect(lines.length).toBe(levels.length - at);
  });
  expect(logged('silent', (logger) => logger.fatal('x'))).toEqual([]);
});

test('a message that is logged whole by mistake shows no speech and no token', () => {
  const message = { type: 'x', text: 'SPEECH', resume_token: 'TOKEN', audio_data: 'AUDIO' };
  const text = JSON.stringify(
    logged('info', (logger) => {
      logger.info(message, 'top');
      logger.info({ message }, 'below');
    }),
  );
  expect(text).not.toMatch(/SPEECH|TOKEN|AUDIO/);
  expect(text).toContain('[secret]');
});
