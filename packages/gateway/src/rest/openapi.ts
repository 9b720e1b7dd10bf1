import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import type { Route } from './http/route.js';
import { API_PREFIX } from './http/route-table.js';
import * as schemas from './schemas.js';

type Json = Record<string, unknown>;

const JSON_TYPE = 'application/json';
const NO_KEY = {};

/** The OpenAPI 3.1 document of the routes, from the schemas that check their requests. */
export function openApiDocument(routes: readonly Route[], version: string, keysWanted: boolean): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = API_PREFIX + route.path;
    paths[path] = { ...paths[path], [route.method]: operation(route, keysWanted) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tributary',
      version,
      description:
        'Live speech becomes text. Audio goes in by WebSocket at /ws/asr; this is what can be asked about it.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: components(),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
      },
    },
  };
}

function operation(route: Route, keysWanted: boolean): Json {
  const guarded = keysWanted && route.open !== true;
  const failures = [...(route.failures ?? []), ...(guarded ? [401] : []), 500].sort();
  const answers = [200, ...(route.otherStatuses ?? [])].map((status) => [status, answer(status, route.body)]);
  return {
    operationId: route.operationId,
    summary: route.summary,
    parameters: [...parameters('path', route.parameters), ...parameters('query', route.query)],
    security: guarded ? [{ bearer: [] }, { apiKey: [] }] : [NO_KEY],
    responses: Object.fromEntries([
      ...answers,
      ...failures.map((status) => [status, answer(status, schemas.Failure)]),
    ]) as Json,
  };
}

function answer(status: number, body: z.ZodType): Json {
  return { description: STATUS_CODES[status] ?? '', content: { [JSON_TYPE]: { schema: reference(body) } } };
}

function parameters(place: 'path' | 'query', object: z.ZodObject): Json[] {
  return Object.entries(object.shape).map(([name, schema]) => {
    const { $schema, description, ...rest } = z.toJSONSchema(schema) as Json;
    return { name, in: place, required: place === 'path', description, schema: rest };
  });
}

/** Schemas of `schemas.ts` that are named in the document. */
const NAMED: Readonly<Record<string, z.ZodType>> = {
  Failure: schemas.Failure,
  Health: schemas.Health,
  HistoryRecord: schemas.HistoryRecord,
  History: schemas.History,
  Word: schemas.Word,
  SessionChunk: schemas.SessionChunk,
  Session: schemas.Session,
  Deleted: schemas.Deleted,
  Stats: schemas.Stats,
  Upstream: schemas.Upstream,
  QueueStatus: schemas.QueueStatus,
};

const address = (name: string): string => `#/components/schemas/${name}`;

function reference(schema: z.ZodType): Json {
  const name = Object.keys(NAMED).find((each) => NAMED[each] === schema);
  return name === undefined ? { type: 'object' } : { $ref: address(name) };
}

function components(): Json {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(NAMED)) registry.add(schema, { id });
  // The form of the input allows fields that are not described, which is what lets answers grow.
  const { schemas: made } = z.toJSONSchema(registry, {
    io: 'input',
    uri: address,
    override: ({ jsonSchema }) => {
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    },
  });
  return Object.fromEntries(
    Object.entries(made).map(([name, { $schema, $id, id, ...schema }]) => [name, schema]),
  );
}
