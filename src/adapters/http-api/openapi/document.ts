import type { RouteConfig } from '@hono/zod-openapi';
import { Problem } from '../../../api/problem.ts';
import type { Api } from '../api.ts';
import { type JsonSchema, jsonSchemaOf } from './json-schema.ts';

type Content = Readonly<Record<string, { readonly schema?: unknown } | undefined>>;
type Parameter = {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header' | 'cookie';
  readonly required: boolean;
  readonly schema: JsonSchema;
};
type Body = { readonly required?: boolean; readonly content: Content };
type Answers = Readonly<Record<string, { readonly description: string; readonly content?: Content }>>;

/** One thing that can be asked, as OpenAPI describes it. */
export type Operation = {
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Body;
  readonly responses: Answers;
};

/** OpenAPI 3.1: by path and method, in the order of the paths. */
export type OpenApiDocument = {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly security: readonly object[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: object;
};

const failure = {
  description: 'Why it was not carried out',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

/** Describes every route of the API, as it stands in their schemas. */
export function openApiDocument(api: Api, version: string): OpenApiDocument {
  const routes = api.openAPIRegistry.definitions.flatMap((each) =>
    each.type === 'route' ? [each.route] : [],
  );
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes.toSorted((a, b) => (a.path < b.path ? -1 : 1)))
    paths[route.path] = { ...paths[route.path], [route.method]: operationOf(route) };

  return {
    openapi: '3.1.0',
    info: {
      title: '3OX Workflow',
      version,
      description:
        'What the command line can do, over HTTP. Times are ISO 8601, UTC. Every failure is a Problem.',
    },
    security: [{}, { bearer: [] }, { cookie: [] }],
    paths,
    components: {
      schemas: { Problem: jsonSchemaOf(Problem, 'output') },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        cookie: { type: 'apiKey', in: 'cookie', name: 'workflow_token' },
      },
    },
  };
}

function operationOf({ tags = [], summary = '', description, request, responses }: RouteConfig): Operation {
  const parameters = [
    ...parametersOf(request?.params, 'path'),
    ...parametersOf(request?.query, 'query'),
    ...(Array.isArray(request?.headers) ? [] : parametersOf(request?.headers, 'header')),
  ];
  const body = request?.body as Body | undefined;

  return {
    tags,
    summary,
    ...(description === undefined ? {} : { description }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { ...body, content: contentOf(body.content, 'input') } }),
    responses: { ...answersOf(responses as Answers), default: failure },
  };
}

function parametersOf(schema: unknown, place: Parameter['in']): readonly Parameter[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = jsonSchemaOf(schema, 'input') as {
    readonly properties?: Readonly<Record<string, JsonSchema>>;
    readonly required?: readonly string[];
  };

  return Object.entries(properties).map(([name, each]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: each,
  }));
}

function answersOf(responses: Answers): Answers {
  return Object.fromEntries(
    Object.entries(responses).map(([status, { content, ...rest }]) => [
      status,
      { ...rest, ...(content === undefined ? {} : { content: contentOf(content, 'output') }) },
    ]),
  );
}

function contentOf(content: Content, io: 'input' | 'output'): Content {
  return Object.fromEntries(
    Object.entries(content).map(([type, media]) => [
      type,
      media?.schema === undefined ? {} : { schema: described(media.schema, io) },
    ]),
  );
}

/** A route may have the JSON Schema already. */
function described(schema: unknown, io: 'input' | 'output'): JsonSchema {
  const isZod = typeof schema === 'object' && schema !== null && '_zod' in schema;

  return isZod ? jsonSchemaOf(schema, io) : (schema as JsonSchema);
}
