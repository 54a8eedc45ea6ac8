import { createRoute, z } from '@hono/zod-openapi';
import { RunComparison } from '../../../api/run-compare.ts';
import { type Compared, runComparison } from '../../../projections/run/run-compare.ts';
import type { Api, ApiDeps } from '../../api.ts';
import { jsonAnswer } from '../../definitions/answers.ts';
import { runLinesOf } from '../../runs/run-lines.ts';
import { wayOf } from '../../runs/way-of.ts';

type Deps = Pick<ApiDeps, 'workflows' | 'board' | 'rows' | 'clock'>;

const name = z.string().min(1).max(200);

const compared = createRoute({
  method: 'get',
  path: '/api/v1/runs/{run}/compare/{other}',
  tags: ['runs'],
  summary: 'Two runs side by side: inputs, tasks, what came of them, and where their ways part',
  request: { params: z.object({ run: name, other: name }) },
  responses: jsonAnswer(RunComparison, 'Each run as it is now'),
});

/** Comparing runs with one another. */
export function addRunCompareRoutes(api: Api, deps: Deps): void {
  api.openapi(compared, async (c) => {
    const { run, other } = c.req.valid('param');
    const sides = await Promise.all([side(deps, run), side(deps, other)]);

    return c.json(runComparison(...sides, deps.clock.now()), 200);
  });
}

/** Rejects with RunNotFound, RunAmbiguous, and as a run that is damaged does. */
async function side(deps: Deps, named: string): Promise<Compared> {
  const { workflows, board } = deps;
  const view = await workflows.view(await workflows.resolve(named));

  return { view, shortId: runLinesOf(board).shortId(view.run), way: await wayOf(deps, view) };
}
