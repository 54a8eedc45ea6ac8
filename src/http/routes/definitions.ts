import { createRoute, z } from '@hono/zod-openapi';
import { DefinitionPage, DefinitionRow, DiffLine } from '../../api/definitions.ts';
import { Graph } from '../../api/run-parts.ts';
import { definitionRow, type KnownVersion } from '../../projections/definition/definition-row.ts';
import { lineChanges } from '../../projections/definition/line-diff.ts';
import { groupedBy } from '../../projections/insights/failure-groups.ts';
import { type Api, type ApiDeps, RequestRefused } from '../api.ts';
import { countText, jsonAnswer } from '../definitions/answers.ts';
import { definitionPage } from '../definitions/definition-page.ts';
import { addDraftRoutes } from '../definitions/draft-routes.ts';
import { drawnGraph } from '../definitions/drawn-graph.ts';
import { knownDefinitionsOf } from '../definitions/known-definitions.ts';
import { graphOf } from '../live/graphs.ts';

type Deps = Pick<
  ApiDeps,
  'workflows' | 'board' | 'definitionFiles' | 'layout' | 'importer' | 'clock' | 'tests' | 'authority'
>;

const tags = ['definitions'];
const params = z.object({ id: z.string() });
const query = z.object({ version: countText.optional(), file: z.string().max(300).optional() });

const list = createRoute({
  method: 'get',
  path: '/api/v1/definitions',
  tags,
  summary: 'The definitions of the project, and those that are registered',
  responses: jsonAnswer(z.object({ definitions: z.array(DefinitionRow) }), 'In the order of their ids'),
});

const show = createRoute({
  method: 'get',
  path: '/api/v1/definitions/{id}',
  tags,
  summary: 'One definition, or one version of it',
  request: { params, query },
  responses: jsonAnswer(DefinitionPage, 'With its text, its inputs and its versions'),
});

const graph = createRoute({
  method: 'get',
  path: '/api/v1/definitions/{id}/graph',
  tags,
  summary: 'Its tasks as a graph',
  request: { params, query },
  responses: jsonAnswer(Graph, 'With places in pixels'),
});

const diff = createRoute({
  method: 'get',
  path: '/api/v1/definitions/{id}/diff',
  tags,
  summary: 'What differs between two versions, or a version and a file of the project',
  request: {
    params,
    query: z.object({ from: countText, to: countText.optional(), file: z.string().max(300).optional() }),
  },
  responses: jsonAnswer(z.object({ lines: z.array(DiffLine) }), 'All lines, in order'),
});

/** What definitions there are, and what becomes of new ones. */
export function addDefinitionRoutes(api: Api, deps: Deps): void {
  const known = knownDefinitionsOf(deps);

  api.openapi(list, async (c) => {
    const runs = groupedBy(deps.board.lines(), ({ head }) => head.definition.id);
    const definitions = [...(await known.all())].map(([id, { shown, versions }]) =>
      definitionRow(shown, versions, runs.get(id) ?? []),
    );

    return c.json({ definitions }, 200);
  });
  api.openapi(show, async (c) => {
    const found = await known.find(c.req.valid('param').id, c.req.valid('query'));

    const { loaded } = found.shown;
    const drawn = loaded === undefined ? undefined : await drawnGraph(deps, loaded);

    return c.json(await definitionPage(deps, found, drawn), 200);
  });
  api.openapi(graph, async (c) => {
    const { shown } = await known.find(c.req.valid('param').id, c.req.valid('query'));
    if (shown.loaded === undefined) throw notDrawn(shown);

    return c.json(await graphOf(deps.layout, shown.loaded), 200);
  });
  api.openapi(diff, async (c) => {
    const { from, to, file } = c.req.valid('query');
    const { id } = c.req.valid('param');
    const before = await known.find(id, { version: from });
    const after = await known.find(id, { version: to, file });

    return c.json({ lines: [...lineChanges(linesOf(before.shown.text), linesOf(after.shown.text))] }, 200);
  });
  addDraftRoutes(api, deps);
}

function notDrawn({ id, file, problems }: KnownVersion): RequestRefused {
  const message = `${file} is no valid definition of ${id}: ${problems} problems; there is no graph of it`;

  return new RequestRefused({ code: 'definition.invalid', message });
}

function linesOf(text: string): readonly string[] {
  return text.trimEnd().split('\n');
}
