// The description of the HTTP API, from its routes; nothing behind them is needed for that.
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Api, ApiEnv } from '../../src/http/api.ts';
import { addRoutes } from '../../src/http/create-api.ts';
import { type OpenApiDocument, openApiDocument } from '../../src/http/openapi/reference.ts';
import { loadAllOperations } from '../../src/operations/load-operations.ts';

/** The version of the program is left out: it would change the file with every release. */
export async function describedApi(): Promise<OpenApiDocument> {
  const api: Api = new OpenAPIHono<ApiEnv>();
  // Routes are described when they are added; what they are made of is first used when somebody asks.
  const nothing: unknown = new Proxy(() => nothing, { get: () => nothing });
  addRoutes(api, nothing as Parameters<typeof addRoutes>[1], await loadAllOperations());

  return openApiDocument(api, '1');
}
