import { createRoute, z } from '@hono/zod-openapi';
import type { Api, ApiDeps } from '../../api.ts';
import type { ReadScope } from '../../authorized-ports.ts';

type Deps = Pick<ApiDeps, 'metrics'> & ReadScope;

const shown = createRoute({
  method: 'get',
  path: '/metrics',
  tags: ['server'],
  summary: 'Numbers about this engine, for Prometheus',
  responses: { 200: { description: 'The numbers', content: { 'text/plain': { schema: z.string() } } } },
});

/** Metrics for Prometheus: a token of a domain gets the numbers of its runs and approvals alone. */
export function addMetricsRoutes(api: Api, { metrics, portsOf, boundsOf }: Deps): void {
  api.openapi(shown, async (c) => {
    const caller = c.get('caller');
    const { board, workflows } = portsOf(caller);
    const approvalsSince = async () =>
      (await workflows.waitingApprovals(board.live())).map(({ since }) => since);
    const isBounded = boundsOf(caller) !== undefined;
    const { type, body } = await (isBounded ? metrics.textOf({ board, approvalsSince }) : metrics.text());

    return c.text(body, 200, { 'Content-Type': type });
  });
}
