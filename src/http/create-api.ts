import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import { compress } from 'hono/compress';
import type { Json } from '../../events/canonical-json.ts';
import { isTooDeep, valueDepthMax } from '../../machines/json-depth.ts';
import { didYouMean } from '../../machines/language/suggest.ts';
import { messageOf } from '../lib/text.ts';
import { type Api, type ApiDeps, type ApiEnv, RequestRefused } from './api.ts';
import { askedBy, bounded } from './authorized-ports.ts';
import { addReference } from './openapi/reference.ts';
import { answerError, answerInvalid, answerProblem, problemOf } from './problem.ts';
import { createRateLimit, type Rate } from './rate-limit.ts';
import { addAgentWorkRoutes } from './routes/agents/agent-work.ts';
import { addAgentRoutes } from './routes/agents/agents.ts';
import { addApprovalRoutes } from './routes/agents/approvals.ts';
import { addWorkRoutes } from './routes/agents/work.ts';
import { addDefinitionRoutes } from './routes/definitions.ts';
import { addEventRoutes } from './routes/events.ts';
import { addHookRoutes } from './routes/hooks.ts';
import { addBulkRoutes } from './routes/runs/bulk.ts';
import { addCommandRoutes } from './routes/runs/commands.ts';
import { addDeadLetterRoutes } from './routes/runs/dead-letters.ts';
import { addExecutionRoutes } from './routes/runs/executions.ts';
import { addFailureRoutes } from './routes/runs/failures.ts';
import { addRunCompareRoutes } from './routes/runs/run-compare.ts';
import { addRunDetailRoutes } from './routes/runs/run-details.ts';
import { addRunPartRoutes } from './routes/runs/run-parts.ts';
import { addRunsRoutes } from './routes/runs/runs.ts';
import { addAuditRoutes } from './routes/system/audit.ts';
import { addEmergencyRoutes } from './routes/system/emergency.ts';
import { addDoctorRoutes, addHealthRoutes } from './routes/system/health.ts';
import { addHomeRoutes } from './routes/system/home.ts';
import { addInsightRoutes } from './routes/system/insights.ts';
import { addMapRoutes } from './routes/system/map.ts';
import { addMetricsRoutes } from './routes/system/metrics.ts';
import { addSessionRoutes } from './routes/system/session.ts';
import { addStreamRoutes } from './routes/system/stream.ts';
import { addTemplateRoutes } from './routes/templates.ts';
import { addTriggerRoutes } from './routes/triggers.ts';
import { addVocabularyRoutes } from './routes/vocabulary.ts';
import { securityHeaders } from './security-headers.ts';
import { countRequests } from './seen-requests.ts';
import { createSignIn } from './sign-in.ts';
import { identifyVisitor } from './visitor.ts';

const looking: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
/** What is posted and changes nothing. */
const harmless = /^\/api\/v1\/(session|definitions\/(check|test|what-if))$/;

const kibibyte = 1024;
const bytesMax = 1024 * kibibyte;
const definitionBytesMax = 512 * kibibyte;
const definitionPath = /^\/api\/v1\/definitions\//;
const shownMax = 100;
const jsonType = /^application\/([\w.+-]+\+)?json *(;|$)/i;

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

  api.use(identifyVisitor({ ...deps, signIn, requests: createRateLimit(clock, requests) }));
  if (deps.readOnly) api.use(readOnly());
  api.use(takeBody(), askedBy());
  addRoutes(api, { ...deps, ...bounded(deps) });
  addReference(api, deps.project.version);
  api.use(web);
  api.notFound(answerNoRoute(api));

  return api;
}

/** Takes the body of a request in: no more than fits, and nothing under `/api/` but JSON that is not too deep. */
function takeBody(): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    if (!hasBody(c)) return next();
    const { req } = c;
    if (req.header('content-encoding') !== undefined) throw notJson('a body that is compressed is not taken');
    const isApi = req.path.startsWith('/api/');
    // A form of another site can send other types without being asked first.
    if (isApi) refuseUnlessJson(req.header('content-type') ?? '');
    const body = await wholeBody(c, definitionPath.test(req.path) ? definitionBytesMax : bytesMax);
    // Handlers read it from here: hono keeps promises in it, whatever its types say.
    Object.assign(req.bodyCache, { arrayBuffer: Promise.resolve(body) });
    if (isApi) refuseTooDeep(await req.text());

    return next();
  };
}

function hasBody({ req }: Context<ApiEnv>): boolean {
  const length = req.header('content-length');

  return (length !== undefined && length !== '0') || req.header('transfer-encoding') !== undefined;
}

/** However it comes: what is said of its length beforehand may be left out, or be untrue. */
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

/** Whoever sends it may leave before its end: that is no trouble of ours. */
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

function refuseTooDeep(text: string): void {
  if (!isTooDeep(parsed(text))) return;
  const message = `the body is nested deeper than ${valueDepthMax} levels`;

  throw new RequestRefused({ code: 'http.json', message });
}

function tooLarge(bytesLimit: number): RequestRefused {
  const message = `the body is larger than ${bytesLimit / kibibyte} KiB, which is as much as is taken here`;

  return new RequestRefused({ code: 'http.too-large', message });
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new RequestRefused({
      code: 'http.json',
      message: `the body is no JSON: ${(error as Error).message}`,
    });
  }
}

function notJson(message: string): RequestRefused {
  return new RequestRefused({ code: 'http.media-type', message });
}

type Route = { readonly method: string; readonly path: string };

/** Answers what no route is for: the path may have others, or may be nearly one. */
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
function readOnly(): MiddlewareHandler<ApiEnv> {
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

/** Every group of routes; each says its whole paths, such as `/api/v1/session`. */
export function addRoutes(api: Api, deps: ApiDeps): void {
  addSessionRoutes(api, deps);
  addHealthRoutes(api, deps);
  addDefinitionRoutes(api, deps);
  addTemplateRoutes(api, deps);
  addVocabularyRoutes(api);
  addInsightRoutes(api, deps);
  addMapRoutes(api, deps);
  addFailureRoutes(api, deps);
  addExecutionRoutes(api, deps);
  addStreamRoutes(api, deps);
  addRunPartRoutes(api, deps);
  addRunCompareRoutes(api, deps);
  addRunDetailRoutes(api, deps);
  addHomeRoutes(api, deps);
  addApprovalRoutes(api, deps);
  addCommandRoutes(api, deps);
  addRunsRoutes(api, deps);
  addAgentRoutes(api, deps);
  addAgentWorkRoutes(api, deps);
  addAuditRoutes(api, deps);
  addBulkRoutes(api, deps);
  addDeadLetterRoutes(api, deps);
  addDoctorRoutes(api, deps);
  addEmergencyRoutes(api, deps);
  addEventRoutes(api, deps);
  addTriggerRoutes(api, deps);
  addWorkRoutes(api, deps);
  addHookRoutes(api, deps);
  addMetricsRoutes(api, deps);
}
