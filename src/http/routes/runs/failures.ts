import { createRoute, z } from '@hono/zod-openapi';
import { FailureGroup } from '../../../api/insights.ts';
import type { BoardLine } from '../../../ports/runs/board.ts';
import { failureGroups, hasFailed, runFailureOf } from '../../../projections/insights/failure-groups.ts';
import type { Api, ApiDeps } from '../../api.ts';
import { jsonAnswer } from '../../definitions/answers.ts';
import { addTriageRoutes } from '../../failures/triage-routes.ts';
import { createRunResults } from '../../insights/read-runs.ts';

type Deps = Pick<ApiDeps, 'workflows' | 'board' | 'triage' | 'clock' | 'authority'>;

/** The latest failures are read, since what failed does not stand in the index of runs. */
const readMax = 500;

const list = createRoute({
  method: 'get',
  path: '/api/v1/failures',
  tags: ['failures'],
  summary: 'The latest failures, those that are alike together',
  responses: jsonAnswer(z.object({ groups: z.array(FailureGroup) }), 'What failed last first'),
});

/** What failed, and what people said of it. */
export function addFailureRoutes(api: Api, deps: Deps): void {
  const { workflows, board, triage, clock } = deps;
  const failuresOf = createRunResults(async ({ run }) => runFailureOf(await workflows.view(run)));

  async function groups(): Promise<FailureGroup[]> {
    await board.ready;
    const lines = board.lines();
    const failures = await failuresOf(latestFailed(lines));

    return [...failureGroups(failures, { lines, triage: await triage.all(), nowMs: clock.now() })];
  }

  api.openapi(list, async (c) => c.json({ groups: await groups() }, 200));
  addTriageRoutes(api, { ...deps, groups, readMax });
}

function latestFailed(lines: readonly BoardLine[]): readonly BoardLine[] {
  return lines
    .filter((line) => hasFailed(line) && line.damage === undefined)
    .sort((a, b) => (b.head.endedAt ?? b.updatedAt).localeCompare(a.head.endedAt ?? a.updatedAt))
    .slice(0, readMax);
}
