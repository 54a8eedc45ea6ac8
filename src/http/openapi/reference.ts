import type { RouteConfig } from '@hono/zod-openapi';
import { html, type raw } from 'hono/html';
import { z } from 'zod';
import { Problem } from '../../api/problem.ts';
import type { Api } from '../api.ts';
import { knownCodes } from '../status-of.ts';

const failure = {
  description: 'Why it was not carried out',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

/** The stylesheet is a file of its own: the content security policy forbids inline styles. */
const referenceStyle = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; background: Canvas; color: CanvasText; }
main { max-width: 72rem; margin: 0 auto; padding: 1rem; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; padding: 0; list-style: none; }
nav a { display: inline-block; padding: 0.25rem 0; }
article { border-top: 1px solid GrayText; padding: 0.5rem 0; }
h3 { margin: 0.5rem 0; font-size: 1rem; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.25rem 0.5rem; border-bottom: 1px solid GrayText; }
td code { overflow-wrap: anywhere; }
pre { overflow: auto; max-height: 24rem; padding: 0.5rem; border: 1px solid GrayText; }
summary { padding: 0.25rem 0; cursor: pointer; }
`;

/** The routes as OpenAPI under `/openapi.json`, and as a page under `/reference`. */
export function addReference(api: Api, version: string): void {
  let known: OpenApiDocument | undefined;
  // Made at the first request: by then every route is added.
  const document = (): OpenApiDocument => (known ??= openApiDocument(api, version));
  api.get('/openapi.json', (c) => c.json(document()));
  api.get('/reference', (c) => c.html(referencePage(document())));
  api.get('/reference.css', (c) =>
    c.body(referenceStyle, 200, { 'Content-Type': 'text/css; charset=utf-8' }),
  );
}

type Html = ReturnType<typeof raw>;
type Asked = { readonly method: string; readonly path: string; readonly operation: Operation };

/** A page that shows the whole document; it needs no script. */
function referencePage({ info, paths }: OpenApiDocument): string {
  const asked = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Asked => ({ method, path, operation })),
  );
  const tags = [...new Set(asked.map(tagOf))].sort();
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${info.title}: HTTP API</title>
<link rel="stylesheet" href="/reference.css">
</head>
<body>
<main>
<h1>${info.title}: HTTP API</h1>
<p>${info.description} Version ${info.version}. For programs: <a href="/openapi.json">openapi.json</a>.</p>
<nav aria-label="Groups"><ul>${tags.map((tag) => html`<li><a href="#${tag}">${tag}</a></li>`)}<li><a href="#codes">codes</a></li></ul></nav>
${tags.map((tag) =>
  section(
    tag,
    asked.filter((each) => tagOf(each) === tag),
  ),
)}
${codes()}
</main>
</body>
</html>
`;

  return String(page);
}

/** The target of a problem's `type`. */
function codes(): Html {
  const rows = knownCodes().map(
    ([code, status]) => html`<tr id="${code}"><td><code>${code}</code></td><td>${status}</td></tr>`,
  );

  return html`<section aria-labelledby="codes"><h2 id="codes">Codes of problems</h2>
<p>Each is stable and for programs; one that ends in * stands for all others that begin so.</p>
<table><thead><tr><th scope="col">code</th><th scope="col">status</th></tr></thead><tbody>${rows}</tbody></table>
</section>` as Html;
}

function tagOf({ operation: { tags } }: Asked): string {
  return tags[0] ?? 'other';
}

function section(tag: string, asked: readonly Asked[]): Html {
  return html`<section aria-labelledby="${tag}"><h2 id="${tag}">${tag}</h2>${asked.map(entry)}</section>` as Html;
}

function entry({ method, path, operation }: Asked): Html {
  const { summary, description, parameters = [], requestBody, responses } = operation;

  return html`<article>
<h3><code>${method.toUpperCase()} ${path}</code></h3>
<p>${summary}${description === undefined ? '' : html`<br>${description}`}</p>
${parameters.length === 0 ? '' : parameterTable(parameters)}
${requestBody === undefined ? '' : shown('Body', requestBody.content)}
${Object.entries(responses)
  .filter(([status]) => status !== 'default')
  .map(([status, answer]) => shown(`${status}: ${answer.description}`, answer.content))}
</article>` as Html;
}

function parameterTable(parameters: NonNullable<Operation['parameters']>): Html {
  return html`<table>
<thead><tr><th scope="col">name</th><th scope="col">in</th><th scope="col">what it is</th></tr></thead>
<tbody>${parameters.map(
    ({ name, in: place, required, schema }) =>
      html`<tr><td><code>${name}</code>${required ? '' : ' (optional)'}</td><td>${place}</td>
<td><code>${JSON.stringify(schema)}</code></td></tr>`,
  )}</tbody>
</table>` as Html;
}

function shown(title: string, content: object | undefined): Html {
  if (content === undefined) return html`<p>${title}</p>` as Html;

  return html`<details><summary>${title}</summary><pre tabindex="0">${JSON.stringify(content, null, 2)}</pre></details>` as Html;
}

type Content = Readonly<Record<string, { readonly schema?: unknown } | undefined>>;
type Parameter = {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header' | 'cookie';
  readonly required: boolean;
  readonly schema: JsonSchema;
};
type Body = { readonly required?: boolean; readonly content: Content };
type Answers = Readonly<Record<string, { readonly description: string; readonly content?: Content }>>;

/** One operation in OpenAPI. */
type Operation = {
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

/** Describes every route of the API from its schemas. */
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

/** A route may already have a JSON Schema. */
function described(schema: unknown, io: 'input' | 'output'): JsonSchema {
  const isZod = typeof schema === 'object' && schema !== null && '_zod' in schema;

  return isZod ? jsonSchemaOf(schema, io) : (schema as JsonSchema);
}

type JsonSchema = { readonly [key: string]: unknown };

/** The JSON Schema of an `input` or `output`, without references. Any JSON value is `{}`. */
function jsonSchemaOf(schema: unknown, io: 'input' | 'output'): JsonSchema {
  const {
    $schema: _dialect,
    $defs,
    ...made
  } = z.toJSONSchema(schema as z.ZodType, {
    io,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      // Only the JSON type is recursive here.
      if (zodSchema._zod.def.type === 'lazy')
        for (const key of Object.keys(jsonSchema)) delete jsonSchema[key as keyof typeof jsonSchema];
    },
  });

  return inlined(made, {
    defs: ($defs ?? {}) as Readonly<Record<string, unknown>>,
    within: [],
  }) as JsonSchema;
}

type Defs = { readonly defs: Readonly<Record<string, unknown>>; readonly within: readonly string[] };

function inlined(value: unknown, place: Defs): unknown {
  if (Array.isArray(value)) return value.map((each) => inlined(each, place));
  if (typeof value !== 'object' || value === null) return value;
  const { $ref } = value as { readonly $ref?: unknown };
  if (typeof $ref !== 'string')
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, inlined(each, place)]));
  const name = $ref.slice($ref.lastIndexOf('/') + 1);
  if (place.within.includes(name)) return {};

  return inlined(place.defs[name] ?? {}, { ...place, within: [...place.within, name] });
}
