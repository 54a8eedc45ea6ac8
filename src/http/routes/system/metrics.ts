import { createRoute, z } from '@hono/zod-openapi';
import type { Api, ApiDeps } from '../../api.ts';

type Deps = Pick<ApiDeps, 'metrics'>;

const shown = createRoute({
  method: 'get',
  path: '/metrics',
  tags: ['server'],
  summary: 'Numbers about this engine, for Prometheus',
  responses: { 200: { description: 'The numbers', content: { 'text/plain': { schema: z.string() } } } },
});

/** Metrics for Prometheus. */
export function addMetricsRoutes(api: Api, { metrics }: Deps): void {
  api.openapi(shown, async (c) => {
    const { type, body } = await metrics.text();

    return c.text(body, 200, { 'Content-Type': type });
  });
}
