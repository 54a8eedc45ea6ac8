import { createRoute, type z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { ReportAnswer } from '../../../../events/worker-protocol.ts';
import { agentNameRule, isAgentName } from '../../../../machines/agents/agent-name.ts';
import { isEnough } from '../../../../machines/agents/declared-agent.ts';
import {
  ClaimedWork,
  ClaimRequest,
  CompleteRequest,
  FailRequest,
  HeartbeatRequest,
  ReleaseRequest,
  WorkHeard,
} from '../../../api/work.ts';
import { RequestRefused } from '../../../operations/use-case.ts';
import type { Caller } from '../../../ports/access/authority.ts';
import type { Api, ApiDeps, ApiEnv } from '../../api.ts';
import { answerProblem, problemOf } from '../../problem.ts';
import { claimWork, createClaimTexts, type WorkDeps } from '../../work/claim-work.ts';
import { createPollingWorkers } from '../../work/polling-workers.ts';
import { reportWork, type Tale } from '../../work/report-work.ts';

type Deps = Pick<ApiDeps, 'work' | 'clock'>;

const bodyOf = <Schema extends z.ZodType>(schema: Schema) => ({
  body: { required: true as const, content: { 'application/json': { schema } } },
});

const claimed = createRoute({
  method: 'post',
  path: '/api/v1/work/claim',
  tags: ['work'],
  summary: 'Waits for an item of work of an agent and begins it',
  request: bodyOf(ClaimRequest),
  responses: {
    200: { description: 'An item', content: { 'application/json': { schema: ClaimedWork } } },
    204: { description: 'None came in time: ask again' },
  },
});

const reported = <Schema extends z.ZodType, Name extends string>(
  name: Name,
  { summary, schema }: { readonly summary: string; readonly schema: Schema },
) =>
  createRoute({
    method: 'post',
    path: `/api/v1/work/${name}`,
    tags: ['work'],
    summary,
    request: bodyOf(schema),
    responses: {
      200: { description: 'It is recorded', content: { 'application/json': { schema: WorkHeard } } },
    },
  });

const heartbeat = reported('heartbeat', { summary: 'The work goes on', schema: HeartbeatRequest });
const complete = reported('complete', { summary: 'The work is done', schema: CompleteRequest });
const fail = reported('fail', { summary: 'The attempt failed', schema: FailRequest });
const release = reported('release', { summary: 'Gives the item back, undone', schema: ReleaseRequest });

/** Routes for workers that speak HTTP. */
export function addWorkRoutes(api: Api, deps: Deps): void {
  const open = opener(deps);
  const told = async (c: Context<ApiEnv>, claimText: string, tale: Tale) => {
    const work = await open();
    const claim = work.texts.open(claimText);
    // The claim is enough: it opens this attempt and nothing else. A token that comes with it still has to fit.
    const caller: Caller | undefined = c.get('caller');
    if (caller !== undefined) mayWorkFor(caller, claim.agent);
    const answer = await reportWork(work, claim, tale);

    return answer.ok ? c.json({ ok: true as const }, 200) : denied(c, answer);
  };
  api.openapi(claimed, async (c) => {
    const { waitMs, worker: named, ...asked } = c.req.valid('json');
    const caller = c.get('caller');
    mayWorkFor(caller, asked.agent);
    const worker = named ?? `http:${caller.actor}`.slice(0, 200);
    const { signal } = c.req.raw;
    const found = await claimWork(await open(), { ...asked, worker }, { waitMs, signal });

    return found === undefined ? c.body(null, 204) : c.json(found, 200);
  });
  api.openapi(heartbeat, (c) => {
    const { claim, progress, details } = c.req.valid('json');

    return told(c, claim, {
      kind: 'heartbeat',
      ...(progress === undefined ? {} : { progress }),
      ...(details === undefined ? {} : { details }),
    });
  });
  api.openapi(complete, (c) => {
    const { claim, output } = c.req.valid('json');

    return told(c, claim, { kind: 'complete', output });
  });
  api.openapi(fail, (c) => {
    const { claim, error } = c.req.valid('json');

    return told(c, claim, { kind: 'fail', error });
  });
  api.openapi(release, (c) => {
    const { claim, reason } = c.req.valid('json');

    return told(c, claim, { kind: 'release', ...(reason === undefined ? {} : { reason }) });
  });
}

/** Connects at the first request for work, once; again after a failure. */
function opener({ work, clock }: Deps): () => Promise<WorkDeps> {
  let opened: Promise<WorkDeps> | undefined;
  const open = async (): Promise<WorkDeps> => {
    const [link, secret] = await Promise.all([work.link(), work.secret()]);

    return { link, clock, texts: createClaimTexts(secret), workers: createPollingWorkers(link, clock) };
  };

  return async () => {
    opened ??= open();
    try {
      return await opened;
    } catch (error) {
      opened = undefined;
      throw error;
    }
  };
}

/** A token of an agent gives access to this agent's work only. */
function mayWorkFor({ actor, level }: Caller, agent: string): void {
  if (!isAgentName(agent))
    throw new RequestRefused({ code: 'http.agent', message: `expected ${agentNameRule} as the agent` });
  if (level === undefined || actor === agent || isEnough(level, 'L1')) return;

  throw new RequestRefused(
    {
      code: 'authority.agent',
      message: `the token of ${actor} is ${level}; work of ${agent} needs a token of ${agent}, or one of L1`,
    },
    `workflow tokens add ${agent}`,
  );
}

/** After `wait` the worker may report again; otherwise the attempt is over. */
function denied(c: Context<ApiEnv>, answer: Extract<ReportAnswer, { ok: false }>) {
  const { code, message, next, retryAfterMs = 1_000 } = answer;
  // What was said is wrong: saying the same again would not help.
  if (next === 'wait' && code.startsWith('report.'))
    return answerProblem(c, problemOf({ code, message }, 400)) as never;
  if (next === 'wait') c.header('Retry-After', String(Math.ceil(retryAfterMs / 1_000)));

  return answerProblem(c, problemOf({ code, message }, next === 'wait' ? 503 : 409)) as never;
}
