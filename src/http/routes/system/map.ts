import { createRoute } from '@hono/zod-openapi';
import { DependencyMap } from '../../../api/insights.ts';
import {
  type Dependencies,
  dependenciesOf,
  placedMap,
} from '../../../projections/definition/dependency-map.ts';
import type { Api, ApiDeps } from '../../api.ts';
import { jsonAnswer } from '../../definitions/answers.ts';
import { knownDefinitionsOf } from '../../definitions/known-definitions.ts';

type Deps = Pick<ApiDeps, 'workflows' | 'board' | 'definitionFiles' | 'agents' | 'layout'>;

const show = createRoute({
  method: 'get',
  path: '/api/v1/map',
  tags: ['definitions'],
  summary: 'Who starts, calls, uses and wakes whom',
  responses: jsonAnswer(DependencyMap, 'With places in pixels, from left to right'),
});

const box = { height: 44, widthMin: 120, widthMax: 320, perCharacter: 8.6, around: 40 };

/** What depends on what. */
export function addMapRoutes(api: Api, deps: Deps): void {
  const { board, agents, layout } = deps;
  const known = knownDefinitionsOf(deps);

  api.openapi(show, async (c) => {
    await board.ready;
    const definitions = [...(await known.all()).values()].flatMap(({ shown }) => shown.loaded ?? []);
    const found = dependenciesOf(definitions, { lines: board.lines(), agents: agents.agents() });

    return c.json(placedMap(found, await layout.place(graphOf(found))), 200);
  });
}

function graphOf({ nodes, edges }: Dependencies) {
  const boxes = nodes.map(({ id, name, detail = '' }) => ({
    id,
    width: widthOf(Math.max(name.length, detail.length)),
    height: box.height,
  }));
  const lines = edges.map(({ from, to, kind }) => ({ id: `${kind} ${from} ${to}`, from, to }));

  return { boxes, lines, direction: 'right' as const };
}

function widthOf(characters: number): number {
  return Math.round(
    Math.min(box.widthMax, Math.max(box.widthMin, characters * box.perCharacter + box.around)),
  );
}
