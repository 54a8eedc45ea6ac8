import { createRoute, z } from '@hono/zod-openapi';
import { JsonValue } from '../../../../events/canonical-json.ts';
import { DefinitionName } from '../../../api/run.ts';
import type { Api, ApiDeps } from '../../api.ts';
import { runLinesOf } from '../../runs/run-lines.ts';

type Deps = Pick<ApiDeps, 'workflows' | 'board'>;

const DeadLetter = z.object({
  run: z.string(),
  shortId: z.string(),
  definition: DefinitionName,
  task: z.string(),
  attempts: z.int(),
  error: z.object({ code: z.string(), message: z.string(), details: JsonValue.optional() }).optional(),
  at: z.string(),
  /** `FAILED`, `TIMED_OUT`, or `PAUSED` where the run waits for somebody. */
  status: z.string(),
});

const listed = createRoute({
  method: 'get',
  path: '/api/v1/dead-letters',
  tags: ['runs'],
  summary: 'The tasks that failed for good and that nobody has gone on with, the latest first',
  responses: {
    200: {
      description: 'Dead letters',
      content: { 'application/json': { schema: z.object({ deadLetters: z.array(DeadLetter) }) } },
    },
  },
});

/** What failed for good. Going on with it, and dropping it, are commands of its run. */
export function addDeadLetterRoutes(api: Api, { workflows, board }: Deps): void {
  api.openapi(listed, async (c) => {
    const letters = await workflows.deadLetters();
    const { shortId } = runLinesOf(board);
    const deadLetters = letters.map(({ error, ...letter }) => ({
      ...letter,
      shortId: shortId(letter.run),
      error: error && { code: error.code, message: error.message, details: error.details },
    }));

    return c.json({ deadLetters }, 200);
  });
}
