import { TributaryError } from '@tributary/shared';
import type { z } from 'zod';

export type Method = 'get' | 'delete';

/** One route with the schemas of what goes in and comes out. */
export interface RouteDefinition<
  Path extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodType,
> {
  readonly method: Method;
  /** Below `/api/v1`, with parameters in braces. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  /** Open to clients without an API key. */
  readonly open?: boolean;
  readonly parameters: Path;
  readonly query: Query;
  readonly body: Body;
  /** Statuses other than 200 that come with the same body. */
  readonly otherStatuses?: readonly number[];
  /** Statuses of failures, beside 401 and 500. */
  readonly failures?: readonly number[];
  handle(parameters: z.output<Path>, query: z.output<Query>): Promise<RouteAnswer<z.output<Body>>>;
}

export interface RouteAnswer<Body> {
  readonly status: number;
  readonly body: Body;
}

/** A route whose schemas' types have been dealt with. */
export interface Route extends Omit<RouteDefinition<z.ZodObject, z.ZodObject, z.ZodType>, 'handle'> {
  /** @throws TributaryError `invalid_request`, and whatever the handler throws. */
  answer(parameters: Record<string, string>, query: Record<string, string>): Promise<RouteAnswer<unknown>>;
}

export function defineRoute<Path extends z.ZodObject, Query extends z.ZodObject, Body extends z.ZodType>(
  definition: RouteDefinition<Path, Query, Body>,
): Route {
  return {
    ...definition,
    answer: async (parameters, query) =>
      await definition.handle(read(definition.parameters, parameters), read(definition.query, query)),
  };
}

function read<Schema extends z.ZodType>(schema: Schema, values: Record<string, string>): z.output<Schema> {
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new TributaryError('invalid_request', problems.join('; '));
}
