import { createRoute, z } from '@hono/zod-openapi';
import { AcknowledgeRequest, AssignRequest, FailureGroup, MuteRequest } from '../../api/insights.ts';
import type { Triage } from '../../ports/runs/failure-triage.ts';
import { type Api, type ApiDeps, type Caller, RequestRefused } from '../api.ts';
import { refuseUnlessAllowed } from '../authorize.ts';
import { jsonAnswer, jsonBody } from '../definitions/answers.ts';

type Deps = Pick<ApiDeps, 'triage' | 'clock' | 'authority'> & {
  readonly groups: () => Promise<FailureGroup[]>;
  /** So many of the latest failures are known. */
  readonly readMax: number;
};

const muteDaysMax = 366;
const params = z.object({ key: z.string().regex(/^[0-9a-f]{16}$/) });
const responses = jsonAnswer(z.object({ groups: z.array(FailureGroup) }), 'What failed last first');

/** What is said of a group, and that it is taken back: the same path. */
function routesOf<Body extends z.ZodType>(what: string, summary: string, body: Body) {
  const path = `/api/v1/failures/{key}/${what}` as const;
  const common = { path, tags: ['failures'], responses };

  return {
    say: createRoute({ ...common, method: 'post', summary, request: { params, body: jsonBody(body) } }),
    takeBack: createRoute({
      ...common,
      method: 'delete',
      summary: `Takes that back: ${what}`,
      request: { params },
    }),
  };
}

const acknowledge = routesOf(
  'acknowledge',
  'Says that somebody knows of a group, until one of it fails again',
  AcknowledgeRequest,
);
const assign = routesOf('assign', 'Says who looks after a group', AssignRequest);
const mute = routesOf(
  'mute',
  'Folds a group away and keeps its alerts back, until then or until a later version fails',
  MuteRequest,
);

/** What people say of groups of failures: who knows of one, who looks after it, and until when it is muted. */
export function addTriageRoutes(api: Api, deps: Deps): void {
  const say = createSay(deps);
  const takeBack = createTakeBack(deps);

  api.openapi(acknowledge.say, async (c) => {
    const { note } = c.req.valid('json');
    const said = await say(c.req.valid('param').key, c.get('caller'), (by) => ({
      acknowledged: note === undefined ? by : { ...by, note },
    }));
    return c.json(said, 200);
  });
  api.openapi(assign.say, async (c) => {
    const { to } = c.req.valid('json');
    const said = await say(c.req.valid('param').key, c.get('caller'), (by) => ({ assigned: { ...by, to } }));
    return c.json(said, 200);
  });
  api.openapi(mute.say, async (c) => {
    const { note, until } = c.req.valid('json');
    const of = untilOf(until, deps.clock.now());
    const said = await say(c.req.valid('param').key, c.get('caller'), (by, { definition, versions }) => ({
      muted: { ...by, ...of, ...(note === undefined ? {} : { note }), definition, version: versions[0] ?? 0 },
    }));
    return c.json(said, 200);
  });
  for (const [{ takeBack: route }, kind] of [
    [acknowledge, 'acknowledged'],
    [assign, 'assigned'],
    [mute, 'muted'],
  ] as const) {
    api.openapi(route, async (c) =>
      c.json(await takeBack(c.req.valid('param').key, c.get('caller'), kind), 200),
    );
  }
}

type Groups = { groups: FailureGroup[] };
type By = { readonly by: string; readonly at: string };

function createSay({ triage, clock, authority, groups, readMax }: Deps) {
  return async (
    key: string,
    caller: Caller,
    triageOf: (by: By, group: FailureGroup) => Triage,
  ): Promise<Groups> => {
    refuseUnlessAllowed(authority, caller, { kind: 'control', what: 'saying something of a failure' });
    const group = (await groups()).find((each) => each.key === key);
    if (group === undefined) {
      const message = `no failure of the latest ${readMax} is of the group ${key}`;
      throw new RequestRefused({ code: 'failure.not-found', message });
    }
    const at = new Date(clock.now()).toISOString();
    await triage.set(key, triageOf({ by: caller.actor, at }, group));

    return { groups: await groups() };
  };
}

function createTakeBack({ triage, authority, groups }: Deps) {
  return async (key: string, caller: Caller, kind: keyof Triage): Promise<Groups> => {
    refuseUnlessAllowed(authority, caller, {
      kind: 'control',
      what: 'taking back what was said of a failure',
    });
    await triage.clear(key, kind);

    return { groups: await groups() };
  };
}

/** In UTC, as all times are. Throws RequestRefused for a time that is over or too far away. */
function untilOf(until: string, nowMs: number): { readonly until: string } {
  const untilMs = Date.parse(until);
  if (untilMs <= nowMs || untilMs > nowMs + muteDaysMax * 86_400_000) {
    const message = `until ${until}: it has to be later than now and within ${muteDaysMax} days`;
    throw new RequestRefused({ code: 'failure.mute-until', message });
  }

  return { until: new Date(untilMs).toISOString() };
}
