import type { TemplatedApp } from 'uWebSockets.js';
import type { Logger } from '@tributary/shared';
import type { Answer } from './answer.js';
import { failureAnswer } from './failure.js';
import { Reply } from './reply.js';
import { copyRequest, type Request } from './request.js';

export type Handler = (request: Request) => Promise<Answer> | Answer;

/** Serves every method of a pattern by one handler. Whatever that throws becomes an answer. */
export function serve(app: TemplatedApp, pattern: string, handler: Handler, logger: Logger): void {
  app.any(pattern, (response, uwsRequest) => {
    const reply = new Reply(response);
    const request = copyRequest(uwsRequest);
    const answering = async (): Promise<void> => {
      let answer: Answer;
      try {
        answer = await handler(request);
      } catch (error) {
        answer = failureAnswer(error, logger);
      }
      reply.send(answer, request.method === 'head');
    };
    answering().catch((error: unknown) => {
      logger.error({ err: String(error) }, 'an answer could not be sent');
    });
  });
}
