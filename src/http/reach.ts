import type { MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { Noun, Operations } from '../api/operations/operations.ts';
import type { LoadedOperation } from '../operations/load-operations.ts';
import { RequestRefused } from '../operations/use-case.ts';
import type { ApiEnv } from './api.ts';
import type { ReadScope } from './authorized-ports.ts';
import { wholeProject } from './domain-ports.ts';

/**
 * What a token that is bounded to a domain is told: `domain`, what is of its domain alone; `common`, the same as
 * everybody, which says nothing of any run; `whole`, nothing, since it is about all domains.
 */
export type Reach = 'domain' | 'common' | 'whole';

/** Of every operation. The compiler misses a new one here. */
const ofOperations: { readonly [Name in Noun]: { readonly [Verb in keyof Operations[Name]]: Reach } } = {
  agents: {
    ...{ list: 'domain', drain: 'domain', resume: 'domain', move: 'domain', work: 'domain', show: 'domain' },
  },
  approvals: { list: 'domain', show: 'domain', absences: 'common', away: 'common', back: 'common' },
  // A bundle holds the definitions of all domains.
  bundles: { list: 'whole', diff: 'whole', publish: 'whole', use: 'whole' },
  definitions: {
    ...{ list: 'domain', show: 'domain', graph: 'domain', diff: 'domain' },
    ...{ check: 'common', deepCheck: 'common', test: 'common' },
    ...{ whatIf: 'domain', publish: 'domain', rollback: 'domain', save: 'domain', import: 'common' },
    ...{ templates: 'common', vocabulary: 'common', names: 'domain', map: 'domain', tools: 'domain' },
  },
  erasures: { list: 'whole', erase: 'whole', rotate: 'whole' },
  events: { list: 'domain', show: 'domain', emit: 'common' },
  failures: {
    ...{ list: 'domain', acknowledge: 'domain', unacknowledge: 'domain', assign: 'domain' },
    ...{ unassign: 'domain', mute: 'domain', unmute: 'domain' },
  },
  gallery: { list: 'whole', show: 'whole', install: 'whole' },
  // A KPI is about the runs of all domains.
  goals: { list: 'whole', show: 'whole', verify: 'whole' },
  history: {
    ...{
      events: 'domain',
      event: 'domain',
      read: 'domain',
      timeline: 'domain',
      graph: 'domain',
      context: 'domain',
    },
    ...{ agents: 'domain', logs: 'domain', next: 'domain', diff: 'domain', replay: 'domain' },
  },
  insights: { show: 'domain' },
  // Runs of all domains leave together.
  retention: { retain: 'whole' },
  runs: {
    ...{
      list: 'domain',
      show: 'domain',
      result: 'domain',
      start: 'domain',
      command: 'domain',
      fork: 'domain',
      grid: 'domain',
    },
    ...{ resume: 'domain', migrate: 'domain', compare: 'domain', details: 'domain' },
    ...{ deadLetters: 'domain', bulk: 'domain', emergency: 'domain' },
    // It tells of the runs of all domains.
    query: 'whole',
  },
  server: { home: 'domain', doctor: 'whole' },
  triggers: {
    ...{ list: 'domain', show: 'domain', pause: 'domain', resume: 'domain', run: 'domain' },
    ...{ backfill: 'domain' },
  },
  worksets: {
    ...{ list: 'domain', show: 'domain', start: 'domain', pause: 'domain', resume: 'domain' },
    ...{ report: 'domain' },
  },
};

/** Of the routes that are written by hand. Work is given to whoever is the agent, and is none of reading. */
const ofRoutes: Readonly<Record<string, Reach>> = {
  'GET /api/v1/session': 'common',
  'POST /api/v1/session': 'common',
  'DELETE /api/v1/session': 'common',
  'GET /oidc/sign-in': 'common',
  'GET /oidc/callback': 'common',
  'POST /oidc/device': 'common',
  'POST /oidc/device/token': 'common',
  'GET /healthz': 'common',
  'GET /readyz': 'common',
  'GET /metrics': 'domain',
  'GET /api/v1/executions': 'domain',
  'GET /api/v1/runs/:run/export': 'domain',
  'GET /api/v1/stream': 'domain',
  'POST /api/v1/work/claim': 'common',
  'POST /api/v1/work/heartbeat': 'common',
  'POST /api/v1/work/complete': 'common',
  'POST /api/v1/work/fail': 'common',
  'POST /api/v1/work/release': 'common',
  'POST /hooks/:name': 'common',
  'GET /answer/:link': 'common',
  'POST /answer/:link': 'common',
  // What a tool does is asked of the routes of its operation.
  'GET /mcp': 'common',
  'POST /mcp': 'common',
  'DELETE /mcp': 'common',
  'GET /openapi.json': 'common',
  'GET /reference': 'common',
  'GET /reference.css': 'common',
};

/** What a route tells a token of a domain; undefined for one that nobody classified, which tells it nothing. */
export function reachOf(
  operations: readonly LoadedOperation[],
): (method: string, path: string) => Reach | undefined {
  const known = new Map(Object.entries(ofRoutes));
  const tables: Readonly<Record<string, Readonly<Record<string, Reach>>>> = ofOperations;
  for (const { noun, verb, http } of operations) {
    const reach = tables[noun]?.[verb];
    if (http === undefined || reach === undefined) continue;
    known.set(`${http.method.toUpperCase()} ${http.path.replaceAll(/\{(\w+)\}/g, ':$1')}`, reach);
  }

  return (method, path) => known.get(`${method} ${path.replaceAll(/\{[^/]*\}/g, '')}`);
}

/** Keeps what is not of their domain from callers who are bounded to one. */
export function boundReading(
  { boundsOf, settle }: ReadScope,
  operations: readonly LoadedOperation[],
): MiddlewareHandler<ApiEnv> {
  const reach = reachOf(operations);

  return async (c, next) => {
    const { caller } = c.get('visitor');
    const bounds = boundsOf(caller);
    if (bounds === undefined) return next();
    const routes = matchedRoutes(c).filter(({ path }) => !path.includes('*'));
    for (const { method, path } of routes) {
      const found = reach(method, path);
      if (found === undefined || found === 'whole') throw new RequestRefused(wholeProject(bounds.domain));
    }
    await settle(caller);

    return next();
  };
}
