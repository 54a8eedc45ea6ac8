import { createRoute, z } from '@hono/zod-openapi';
import { AgentRow } from '../../../api/people.ts';
import type { AgentRefusal } from '../../../ports/work/agent-admin.ts';
import { agentRow } from '../../../projections/agent/agent-row.ts';
import { type Api, type ApiDeps, RequestRefused } from '../../api.ts';
import { currentTasks } from '../../runs/current-tasks.ts';

type Deps = Pick<ApiDeps, 'agents' | 'board' | 'workflows'>;

const params = z.object({ name: z.string().min(1).max(200) });
const answer = {
  200: {
    description: 'The agents',
    content: { 'application/json': { schema: z.object({ agents: z.array(AgentRow) }) } },
  },
};

const listed = createRoute({
  method: 'get',
  path: '/api/v1/agents',
  tags: ['agents'],
  summary: 'Who carries tasks out, how busy they are and what waits for them',
  responses: answer,
});

const drained = createRoute({
  method: 'post',
  path: '/api/v1/agents/{name}/drain',
  tags: ['agents'],
  summary: 'The agent gets nothing new; what it has under way goes on',
  request: {
    params,
    body: {
      content: {
        'application/json': { schema: z.strictObject({ reason: z.string().max(2_000).optional() }) },
      },
    },
  },
  responses: answer,
});

const resumed = createRoute({
  method: 'post',
  path: '/api/v1/agents/{name}/resume',
  tags: ['agents'],
  summary: 'The agent gets work again',
  request: { params },
  responses: answer,
});

/** Who carries tasks out. */
export function addAgentRoutes(api: Api, deps: Deps): void {
  const { agents } = deps;
  api.openapi(listed, async (c) => c.json({ agents: await rows(deps) }, 200));
  api.openapi(drained, async (c) => {
    const { name } = c.req.valid('param');
    refuse(await agents.drain(name, { by: c.get('caller').actor, reason: c.req.valid('json')?.reason }));

    return c.json({ agents: await rows(deps) }, 200);
  });
  api.openapi(resumed, async (c) => {
    const { name } = c.req.valid('param');
    refuse(await agents.resume(name, { by: c.get('caller').actor }));

    return c.json({ agents: await rows(deps) }, 200);
  });
}

async function rows(deps: Deps): Promise<AgentRow[]> {
  const depths = await deps.agents.depths();
  const tasks = await currentTasks(deps);

  return deps.agents.agents(depths).map((agent) => agentRow(agent, depths?.get(agent.name), tasks));
}

function refuse(refusal: AgentRefusal | undefined): void {
  if (refusal !== undefined) throw new RequestRefused(refusal);
}
