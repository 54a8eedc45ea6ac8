import { createRoute, z } from '@hono/zod-openapi';
import { AcknowledgeRequest, FailureGroup } from '../../../api/insights.ts';
import type { BoardLine } from '../../../ports/board.ts';
import { failureGroups, failureOf, hasFailed } from '../../../projections/failure-groups.ts';
import { refuseUnlessAllowed } from '../allowed.ts';
import { type Api, RequestRefused } from '../api.ts';
import type { ApiDeps } from '../api-deps.ts';
import { jsonAnswer, jsonBody } from '../definitions/answers.ts';
import { createRunReader } from '../insights/read-runs.ts';

type Deps = Pick<ApiDeps, 'workflows' | 'board' | 'acknowledgements' | 'clock' | 'authority'>;

/** The latest failures are read, since what failed does not stand in the index of runs. */
const readMax = 500;
const tags = ['failures'];
const path = '/api/v1/failures/{key}/acknowledge';
const params = z.object({ key: z.string().regex(/^[0-9a-f]{16}$/) });
const answer = jsonAnswer(z.object({ groups: z.array(FailureGroup) }), 'What failed last first');

const list = createRoute({
  method: 'get',
  path: '/api/v1/failures',
  tags,
  summary: 'The latest failures, those that are alike together',
  responses: answer,
});

const acknowledge = createRoute({
  method: 'post',
  path,
  tags,
  summary: 'Says that somebody knows of a group, until one of it fails again',
  request: { params, body: jsonBody(AcknowledgeRequest) },
  responses: answer,
});

const takeBack = createRoute({
  method: 'delete',
  path,
  tags,
  summary: 'Takes that back',
  request: { params },
  responses: answer,
});

/** What failed, and who knows of it. */
export function addFailureRoutes(api: Api, deps: Deps): void {
  const { workflows, board, acknowledgements, clock } = deps;
  const failuresOf = createRunReader(async ({ run }) => failureOf(await workflows.view(run)));

  async function groups(): Promise<FailureGroup[]> {
    await board.ready;
    const lines = board.lines();
    const failures = await failuresOf(latestFailed(lines));

    return [...failureGroups(failures, { lines, acknowledged: await acknowledgements.all() })];
  }

  async function refuseUnlessThere(key: string): Promise<void> {
    if ((await groups()).some((group) => group.key === key)) return;
    const message = `no failure of the latest ${readMax} is of the group ${key}`;

    throw new RequestRefused({ code: 'failure.not-found', message });
  }

  api.openapi(list, async (c) => c.json({ groups: await groups() }, 200));
  api.openapi(acknowledge, async (c) => {
    const { key } = c.req.valid('param');
    const { note } = c.req.valid('json');
    const caller = c.get('caller');
    refuseUnlessAllowed(deps.authority, caller, { kind: 'control', what: 'acknowledging a failure' });
    await refuseUnlessThere(key);
    const at = new Date(clock.now()).toISOString();
    const said = { by: caller.actor, at };
    await acknowledgements.set(key, note === undefined ? said : { ...said, note });

    return c.json({ groups: await groups() }, 200);
  });
  api.openapi(takeBack, async (c) => {
    refuseUnlessAllowed(deps.authority, c.get('caller'), {
      kind: 'control',
      what: 'taking an acknowledgement back',
    });
    await acknowledgements.clear(c.req.valid('param').key);

    return c.json({ groups: await groups() }, 200);
  });
}

function latestFailed(lines: readonly BoardLine[]): readonly BoardLine[] {
  return lines
    .filter((line) => hasFailed(line) && line.damage === undefined)
    .sort((a, b) => (b.head.endedAt ?? b.updatedAt).localeCompare(a.head.endedAt ?? a.updatedAt))
    .slice(0, readMax);
}
