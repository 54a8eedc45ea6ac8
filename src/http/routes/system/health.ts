import { createRoute, z } from '@hono/zod-openapi';
import type { Api, ApiDeps } from '../../api.ts';

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

type Deps = Pick<ApiDeps, 'board' | 'isConnected'>;

const Health = z.object({ status: z.enum(['ok', 'not-ready']), reasons: z.array(z.string()) });

const answer = (description: string) => ({
  description,
  content: { 'application/json': { schema: Health } },
});

const lives = createRoute({
  method: 'get',
  path: '/healthz',
  tags: ['health'],
  summary: 'Whether the process lives; needs no token',
  responses: { 200: answer('It does') },
});

const isReady = createRoute({
  method: 'get',
  path: '/readyz',
  tags: ['health'],
  summary: 'Whether it can do what it is asked, and why not',
  responses: { 200: answer('It can'), 503: answer('Not now') },
});

/** For what looks after processes. */
export function addHealthRoutes(api: Api, { board, isConnected }: Deps): void {
  api.openapi(lives, (c) => c.json({ status: 'ok' as const, reasons: [] }, 200));
  api.openapi(isReady, (c) => {
    const reasons = [
      ...(isConnected() ? [] : ['the NATS server cannot be reached']),
      ...(board.isLive() ? [] : ['the list of runs is behind the journal']),
    ];

    return reasons.length === 0
      ? c.json({ status: 'ok' as const, reasons }, 200)
      : c.json({ status: 'not-ready' as const, reasons }, 503);
  });
}

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
