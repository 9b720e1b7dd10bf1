import { z } from 'zod';

type Json = Record<string, unknown>;

interface Operation {
  responses: Record<string, { content: { 'application/json': { schema: Json } } }>;
}

export interface OpenApiDocument {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Json };
}

export interface ApiAnswer {
  status: number;
  headers: Headers;
  body: Json;
}

/** Asks the API, and holds every answer against what the gateway's own OpenAPI document says of it. */
export interface RestApi {
  readonly document: OpenApiDocument;
  get(path: string, headers?: Record<string, string>): Promise<ApiAnswer>;
  delete(path: string, headers?: Record<string, string>): Promise<ApiAnswer>;
}

const PREFIX = '/api/v1';
const REQUEST_MS = 15_000;

export async function checkedApi(url: string, always: Record<string, string> = {}): Promise<RestApi> {
  const answer = await fetch(`${url}${PREFIX}/openapi.json`, { signal: AbortSignal.timeout(REQUEST_MS) });
  const document = (await answer.json()) as OpenApiDocument;
  const ask = async (method: 'get' | 'delete', path: string, headers = always): Promise<ApiAnswer> => {
    const response = await fetch(`${url}${PREFIX}${path}`, {
      method: method.toUpperCase(),
      headers,
      signal: AbortSignal.timeout(REQUEST_MS),
    });
    const body = (await response.json()) as Json;
    check(document, method, path, response.status, body);
    return { status: response.status, headers: response.headers, body };
  };
  return {
    document,
    get: (path, headers) => ask('get', path, headers),
    delete: (path, headers) => ask('delete', path, headers),
  };
}

function check(document: OpenApiDocument, method: string, path: string, status: number, body: Json): void {
  const pathname = PREFIX + path.split('?')[0];
  const described = Object.keys(document.paths).find((each) =>
    new RegExp(`^${each.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(pathname),
  );
  if (described === undefined) throw new Error(`the document has no ${pathname}`);
  const schema = document.paths[described]?.[method]?.responses[status]?.content['application/json'].schema;
  if (schema === undefined) {
    throw new Error(
      `${method} ${pathname} answered ${status}, which is not described: ${JSON.stringify(body)}`,
    );
  }
  const parsed = asZod(document, schema).safeParse(body);
  if (!parsed.success) {
    throw new Error(`${method} ${pathname} is not as described: ${z.prettifyError(parsed.error)}`);
  }
}

const SCHEMAS = '#/components/schemas/';

function asZod(document: OpenApiDocument, schema: Json): z.ZodType {
  const whole = JSON.stringify({ ...schema, $defs: document.components.schemas });
  return z.fromJSONSchema(JSON.parse(whole.replaceAll(SCHEMAS, '#/$defs/')) as Json);
}
