import type { MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { ApiDeps, ApiEnv } from './api.ts';

/** Counts what was asked, by the pattern of the route that answered. */
export function countRequests({
  metrics,
  clock,
}: Pick<ApiDeps, 'metrics' | 'clock'>): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const startMs = clock.now();
    await next();
    // The patterns of middleware stand for any path.
    const found = matchedRoutes(c).findLast(({ path }) => !path.includes('*'));
    const route = found?.path.replaceAll(/:(\w+)/g, '{$1}') ?? 'other';
    metrics.request({ route, method: c.req.method, status: c.res.status, durationMs: clock.now() - startMs });
  };
}
