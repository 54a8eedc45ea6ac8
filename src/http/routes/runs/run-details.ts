import { createRoute, z } from '@hono/zod-openapi';
import { RunDetails } from '../../../api/run.ts';
import type { Api, ApiDeps } from '../../api.ts';
import { jsonAnswer } from '../../definitions/answers.ts';
import { createRunDetails } from '../../runs/run-details.ts';

type Deps = Pick<ApiDeps, 'workflows' | 'board'>;

const runsMax = 25;

const told = createRoute({
  method: 'get',
  path: '/api/v1/run-details',
  tags: ['runs'],
  summary: 'What a list says of runs beyond their lines: inputs, attempts and how each task is',
  request: {
    query: z.object({
      /** Full ids between commas, 25 at most. */
      runs: z
        .string()
        .min(1)
        .max(2_000)
        .transform((text) => text.split(','))
        .pipe(z.array(z.string()).max(runsMax)),
    }),
  },
  responses: jsonAnswer(RunDetails, 'In the order in which they were asked for'),
});

/** Many runs, each with more than its line. */
export function addRunDetailRoutes(api: Api, deps: Deps): void {
  const details = createRunDetails(deps);
  api.openapi(told, async (c) => {
    await deps.board.ready;

    return c.json({ runs: [...(await details.of(c.req.valid('query').runs))] }, 200);
  });
}
