import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import { compress } from 'hono/compress';
import { matchedRoutes } from 'hono/route';
import { didYouMean } from '../../machines/language/suggest.ts';
import { createRateLimit, type Rate } from '../lib/rate-limit.ts';
import { messageOf } from '../lib/text.ts';
import type { LoadedOperation } from '../operations/load-operations.ts';
import { readJson } from '../operations/read-json.ts';
import { runList } from '../operations/runs/run-list.ts';
import { homeOf } from '../operations/server/use-cases.ts';
import { RequestRefused } from '../operations/use-case.ts';
import type { Api, ApiDeps, ApiEnv } from './api.ts';
import { askedBy, bounded, createReadScope, type ReadScope } from './authorized-ports.ts';
import { securityHeaders } from './listen.ts';
import { addReference } from './openapi/reference.ts';
import { addOperationRoutes } from './operation-routes.ts';
import { answerError, answerInvalid, answerProblem, problemOf } from './problem.ts';
import { boundReading } from './reach.ts';
import { addWorkRoutes } from './routes/agents/work.ts';
import { addAnswerRoutes } from './routes/answers.ts';
import { addCloudEventModes } from './routes/cloud-events.ts';
import { addDownloadRoutes } from './routes/downloads.ts';
import { addHookRoutes } from './routes/hooks.ts';
import { type AnswerMcp, addMcpRoute } from './routes/mcp.ts';
import { addHealthRoutes } from './routes/system/health.ts';
import { addMetricsRoutes } from './routes/system/metrics.ts';
import { addOidcRoutes, type SignInDeps } from './routes/system/oidc.ts';
import { addSessionRoutes } from './routes/system/session.ts';
import { addStreamRoutes } from './routes/system/stream.ts';
import { createSessions, withSessions } from './sign-in/sessions.ts';
import { createSignIn, identifyVisitor } from './visitor.ts';

const looking: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** What is posted and changes nothing, besides what is declared so. */
const harmless = /^\/(api\/v1\/session|oidc\/device(\/token)?|mcp)$/;

const kibibyte = 1024;

const bytesMax = 1024 * kibibyte;

const definitionBytesMax = 512 * kibibyte;

const definitionPath = /^\/api\/v1\/definitions\//;

const shownMax = 100;

const jsonType = /^application\/([\w.+-]+\+)?json *(;|$)/i;

export type ApiOptions = {
  /** What can be asked for. */
  readonly operations: readonly LoadedOperation[];
  /** What answers requests that no route is for: the dashboard. */
  readonly web: MiddlewareHandler<ApiEnv>;
  readonly onTrouble: (error: unknown) => void;
  /** The MCP server; absent: there is none. */
  readonly mcp?: AnswerMcp;
  /** Rate limit of one caller: bursts of 1,000 requests, 300 per second. */
  readonly requests?: Rate;
  /** Limit of invalid tokens for one address: bursts of 10, one per 6 seconds. */
  readonly failures?: Rate;
};

const requestsDefault: Rate = { burst: 1_000, perSecond: 300 };

const failuresDefault: Rate = { burst: 10, perSecond: 1 / 6 };

/** The whole HTTP API, behind `guarded`. */
export function createApi(deps: ApiDeps, options: ApiOptions): Api {
  const { clock, identity } = deps;
  const { operations, web, onTrouble, requests = requestsDefault, failures = failuresDefault } = options;
  const signIns = identity && { provider: identity, sessions: createSessions(identity, clock) };
  const access = signIns === undefined ? deps.access : withSessions(deps.access, signIns.sessions);
  const signIn = createSignIn(access, createRateLimit(clock, failures));
  const api: Api = new OpenAPIHono<ApiEnv>({ defaultHook: (result, c) => answerInvalid(result, c) });
  api.onError(answerError(onTrouble));
  api.use(securityHeaders(), countRequests(deps), compress());

  api.use(identifyVisitor({ ...deps, access, signIn, requests: createRateLimit(clock, requests) }));
  if (deps.readOnly) api.use(readOnly(operations));
  const ports: ApiDeps = { ...deps, ...bounded(deps) };
  const scope = createReadScope(ports);
  api.use(takeBody(), askedBy(), boundReading(scope, operations));
  addRoutes(api, { ...ports, ...scope, signIns, onTrouble }, operations);
  if (options.mcp !== undefined) addMcpRoute(api, options.mcp);
  addReference(api, deps.project.version);
  api.use(web);
  api.notFound(answerNoRoute(api));

  return api;
}

/** Reads the body of a request: limited in size, and of the API and of tools only JSON of limited depth. */
function takeBody(): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    if (!hasBody(c)) return next();
    const { req } = c;
    if (req.header('content-encoding') !== undefined) throw notJson('a body that is compressed is not taken');
    const isApi = req.path.startsWith('/api/') || req.path === '/mcp';
    // Another site's form can send other types without a preflight request.
    if (isApi) refuseUnlessJson(req.header('content-type') ?? '');
    const body = await wholeBody(c, definitionPath.test(req.path) ? definitionBytesMax : bytesMax);
    // Handlers read the body from here: hono caches promises in it, whatever its types say.
    Object.assign(req.bodyCache, { arrayBuffer: Promise.resolve(body) });
    if (isApi) readJson(await req.text(), 'the body');

    return next();
  };
}

function hasBody({ req }: Context<ApiEnv>): boolean {
  const length = req.header('content-length');

  return (length !== undefined && length !== '0') || req.header('transfer-encoding') !== undefined;
}

/** Counts the bytes as they come: Content-Length may be missing or wrong. */
async function wholeBody({ req }: Context<ApiEnv>, bytesLimit: number): Promise<ArrayBuffer> {
  if (Number(req.header('content-length') ?? 0) > bytesLimit) throw tooLarge(bytesLimit);
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of partsOf(req.raw)) {
    bytes += part.length;
    if (bytes > bytesLimit) throw tooLarge(bytesLimit);
    parts.push(part);
  }
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }

  return whole.buffer;
}

/** A client that disconnects early is no fault of the server. */
async function* partsOf({ body }: Request): AsyncGenerator<Uint8Array> {
  try {
    yield* body ?? [];
  } catch (error) {
    throw new RequestRefused({
      code: 'http.cut-off',
      message: `the body ended before it was whole: ${messageOf(error)}`,
    });
  }
}

function refuseUnlessJson(type: string): void {
  if (jsonType.test(type)) return;
  const shown = JSON.stringify(type.slice(0, shownMax));

  throw notJson(`a body has to be JSON, with "Content-Type: application/json", and not ${shown}`);
}

function tooLarge(bytesLimit: number): RequestRefused {
  const message = `the body is larger than ${bytesLimit / kibibyte} KiB, which is as much as is taken here`;

  return new RequestRefused({ code: 'http.too-large', message });
}

function notJson(message: string): RequestRefused {
  return new RequestRefused({ code: 'http.media-type', message });
}

type Route = { readonly method: string; readonly path: string };

/** Answers a request that matches no route: another method may exist, or a similar path. */
function answerNoRoute(api: Api): (c: Context<ApiEnv>) => Response {
  let known: readonly Route[] | undefined;

  return (c) => {
    known ??= api.routes.filter(({ method }) => method !== 'ALL');
    const { method, path } = c.req;
    const methods = methodsOf(known, path);
    if (methods.length === 0) return answerProblem(c, unknown(known, { method, path }));
    const allowed = methods.join(', ');
    c.header('Allow', allowed);
    if (method === 'OPTIONS') return c.body(null, 204);
    const message = `${path} takes ${allowed}, and not ${method}`;

    return answerProblem(c, problemOf({ code: 'http.method', message }));
  };
}

function methodsOf(known: readonly Route[], path: string): readonly string[] {
  const methods = known.filter((route) => isPattern(route.path, path)).map(({ method }) => method);
  const all = methods.includes('GET') ? [...methods, 'HEAD'] : methods;

  return all.length === 0 ? [] : [...new Set([...all, 'OPTIONS'])].sort();
}

/** Whether the path fits a pattern such as `/api/v1/runs/:run`. */
function isPattern(pattern: string, path: string): boolean {
  const expected = pattern.split('/');
  const found = path.split('/');

  return (
    expected.length === found.length &&
    expected.every((part, at) => part.startsWith(':') || part === found[at])
  );
}

function unknown(known: readonly Route[], { method, path }: Route) {
  const paths = new Set(known.map((route) => route.path.replaceAll(/:(\w+)(\{[^/]*\})?/g, '{$1}')));
  const message = `nothing answers ${method} ${path}${didYouMean(path, paths)}`;

  return problemOf({ code: 'http.no-route', message, fix: 'GET /reference shows what there is' });
}

/** Refuses whatever would change something. */
function readOnly(operations: readonly LoadedOperation[]): MiddlewareHandler<ApiEnv> {
  // Reading and changing often share a path, so that the path alone says nothing.
  const unchanging = new Set(
    operations.flatMap(({ changes, http }) => (changes || !http ? [] : [`${http.method} ${http.path}`])),
  );

  return async ({ req: { method, path } }, next) => {
    const isUnchanging = unchanging.has(`${method.toLowerCase()} ${path}`) || harmless.test(path);
    if (!looking.has(method) && !isUnchanging)
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

/** What routes that are written by hand get beside their `ReadScope`: nothing that tells of runs past it. */
type OpenDeps = ReadScope &
  SignInDeps &
  Omit<ApiDeps, 'workflows' | 'rows' | 'definitionFiles' | 'triage' | 'tests' | 'layout' | 'doctor'>;

/** Every group of routes; each says its whole paths, such as `/api/v1/session`. */
export function addRoutes(api: Api, deps: OpenDeps, operations: readonly LoadedOperation[]): void {
  addCloudEventModes(api, deps, operations);
  addOperationRoutes(api, deps, operations);
  // From now on it counts what lands in the journal.
  homeOf(deps.portsOf(undefined));
  // Statistics over all runs are computed before the first request.
  void deps.board.ready.then(() => runList(deps.portsOf(undefined), { limit: 1, sort: 'updated' }));
  addSessionRoutes(api, deps);
  addOidcRoutes(api, deps);
  addHealthRoutes(api, deps);
  addDownloadRoutes(api, deps);
  addStreamRoutes(api, deps);
  addWorkRoutes(api, deps);
  addHookRoutes(api, deps);
  addAnswerRoutes(api, deps);
  addMetricsRoutes(api, deps);
}

/** Counts requests by the pattern of the route that answered. */
function countRequests({ metrics, clock }: Pick<ApiDeps, 'metrics' | 'clock'>): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const startMs = clock.steady();
    await next();
    // The patterns of middleware match any path.
    const found = matchedRoutes(c).findLast(({ path }) => !path.includes('*'));
    const route = found?.path.replaceAll(/:(\w+)/g, '{$1}') ?? 'other';
    metrics.request({
      route,
      method: c.req.method,
      status: c.res.status,
      durationMs: clock.steady() - startMs,
    });
  };
}
