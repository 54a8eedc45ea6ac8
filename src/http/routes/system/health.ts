import { createRoute, z } from '@hono/zod-openapi';
import type { Api, ApiDeps } from '../../api.ts';

type Deps = Pick<ApiDeps, 'board' | 'isConnected' | 'notReady' | 'lost'>;

const Health = z.object({
  status: z.enum(['ok', 'not-ready']),
  reasons: z.array(z.string()),
  warnings: z
    .array(z.string())
    .openapi({ description: 'What a person has to look at; everything else goes on' }),
});

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

/** Liveness and readiness, for process supervisors. */
export function addHealthRoutes(api: Api, { board, isConnected, notReady, lost }: Deps): void {
  api.openapi(lives, (c) => c.json({ status: 'ok' as const, reasons: [], warnings: [] }, 200));
  api.openapi(isReady, (c) => {
    const reasons = [
      ...(isConnected() ? [] : ['the NATS server cannot be reached']),
      ...notReady(),
      ...(board.isLive() ? [] : ['the list of runs is behind the journal']),
    ];

    const warnings = [...lost()];

    return reasons.length === 0
      ? c.json({ status: 'ok' as const, reasons, warnings }, 200)
      : c.json({ status: 'not-ready' as const, reasons, warnings }, 503);
  });
}
