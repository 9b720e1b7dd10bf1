import type { Logger } from '@tributary/shared';
import { type Answer, emptyAnswer, jsonAnswer } from './answer.js';
import type { ApiKeys } from './api-keys.js';
import type { Cors } from './cors.js';
import { failureAnswer } from './failure.js';
import type { Request } from './request.js';
import type { RouteTable } from './route-table.js';

export interface ApiOptions {
  routes: RouteTable;
  keys: ApiKeys;
  cors: Cors;
  logger: Logger;
}

/** Answers everything below `/api`: preflights, then keys, then routes; each answer with the CORS headers. */
export async function answerApi(options: ApiOptions, request: Request): Promise<Answer> {
  if (request.method === 'options') return emptyAnswer(204, options.cors.preflight(request));
  let answer: Answer;
  try {
    answer = await route(options, request);
  } catch (error) {
    answer = failureAnswer(error, options.logger);
  }
  return { ...answer, headers: { ...answer.headers, ...options.cors.headers(request) } };
}

async function route({ routes, keys }: ApiOptions, request: Request): Promise<Answer> {
  if (routes.guarded(request.path)) keys.check(request.headers);
  const found = routes.find(request);
  const query = Object.fromEntries(new URLSearchParams(request.query));
  const { status, body } = await found.route.answer(found.parameters, query);
  return jsonAnswer(status, body);
}
