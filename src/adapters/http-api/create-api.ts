import { OpenAPIHono } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { compress } from 'hono/compress';
import type { Api, ApiEnv } from './api.ts';
import type { ApiDeps } from './api-deps.ts';
import { takeBody } from './bodies.ts';
import { askedBy, bounded } from './bounded.ts';
import { answerNoRoute } from './no-route.ts';
import { addReference } from './openapi/reference.ts';
import { answerError, answerInvalid } from './problem.ts';
import { createRateLimit, type Rate } from './rate-limit.ts';
import { readOnly } from './read-only.ts';
import { addRoutes } from './routes.ts';
import { securityHeaders } from './security-headers.ts';
import { countRequests } from './seen-requests.ts';
import { createSignIn } from './sign-in.ts';
import { identify } from './visitor.ts';

export type ApiOptions = {
  /** What answers requests that no route is for: the dashboard. */
  readonly web: MiddlewareHandler<ApiEnv>;
  readonly onTrouble: (error: unknown) => void;
  /** How much one caller may ask for: 1,000 requests at once and 300 in each second. */
  readonly requests?: Rate;
  /** How many tokens that open nothing one address may try: 10 at once and 1 in each 6 seconds. */
  readonly failures?: Rate;
};

const requestsDefault: Rate = { burst: 1_000, perSecond: 300 };
const failuresDefault: Rate = { burst: 10, perSecond: 1 / 6 };

/** Everything that is answered over HTTP, once `guarded` has let a request in. */
export function createApi(deps: ApiDeps, options: ApiOptions): Api {
  const { access, clock } = deps;
  const { web, onTrouble, requests = requestsDefault, failures = failuresDefault } = options;
  const signIn = createSignIn(access, createRateLimit(clock, failures));
  const api: Api = new OpenAPIHono<ApiEnv>({ defaultHook: (result, c) => answerInvalid(result, c) });
  api.onError(answerError(onTrouble));
  api.use(securityHeaders(), countRequests(deps), compress());

  api.use(identify({ ...deps, signIn, requests: createRateLimit(clock, requests) }));
  if (deps.readOnly) api.use(readOnly());
  api.use(takeBody(), askedBy());
  addRoutes(api, { ...deps, ...bounded(deps) });
  addReference(api, deps.project.version);
  api.use(web);
  api.notFound(answerNoRoute(api));

  return api;
}
