import { createRoute, z } from '@hono/zod-openapi';
import type { Api } from '../../api.ts';
import type { ApiDeps } from '../../api-deps.ts';

const Line = z.object({
  name: z.string(),
  status: z.enum(['ok', 'warn', 'fail']),
  detail: z.string(),
  fix: z.string().optional(),
  advice: z.array(z.object({ what: z.string(), command: z.string().optional() })).optional(),
});

const looked = createRoute({
  method: 'get',
  path: '/api/v1/doctor',
  tags: ['server'],
  summary: 'Looks at everything that runs need, as `workflow doctor` does',
  responses: {
    200: {
      description: 'What was looked at',
      content: { 'application/json': { schema: z.object({ lines: z.array(Line) }) } },
    },
  },
});

/** Whether everything is there that runs need. */
export function addDoctorRoutes(api: Api, { doctor }: Pick<ApiDeps, 'doctor'>): void {
  api.openapi(looked, async (c) => {
    const lines = await doctor();

    return c.json(
      { lines: lines.map((line) => ({ ...line, advice: line.advice && [...line.advice] })) },
      200,
    );
  });
}
