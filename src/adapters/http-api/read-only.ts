import type { MiddlewareHandler } from 'hono';
import { type ApiEnv, RequestRefused } from './api.ts';

const looking: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
/** What is posted and changes nothing. */
const harmless = /^\/api\/v1\/(session|definitions\/(check|test|what-if))$/;

/** Refuses whatever would change something. */
export function readOnly(): MiddlewareHandler<ApiEnv> {
  return async ({ req }, next) => {
    if (!looking.has(req.method) && !harmless.test(req.path))
      throw new RequestRefused(
        {
          code: 'http.read-only',
          message: 'nothing can be changed here: this server was started by `workflow serve --read-only`',
        },
        'use the command line, or a server that was started without it',
      );

    return next();
  };
}
