import { createRoute, z } from '@hono/zod-openapi';
import { AgentPage, AgentWorkList } from '../../../api/agent-work.ts';
import type { BoardLine } from '../../../ports/runs/board.ts';
import { agentRow } from '../../../projections/agent/agent-row.ts';
import { agentAct, agentWork, attemptsBy, attemptsOf } from '../../../projections/agent/agent-work.ts';
import { groupedBy } from '../../../projections/insights/failure-groups.ts';
import { type Api, type ApiDeps, RequestRefused } from '../../api.ts';
import { jsonAnswer } from '../../definitions/answers.ts';
import { knownDefinitionsOf } from '../../definitions/known-definitions.ts';
import { createRunResults } from '../../insights/read-runs.ts';
import { currentTasks } from '../../runs/current-tasks.ts';
import { runLinesOf } from '../../runs/run-lines.ts';

type Deps = Pick<ApiDeps, 'agents' | 'board' | 'rows' | 'workflows' | 'definitionFiles' | 'clock'>;

/** The histories of so many runs are read, those that changed last. */
const readMax = 500;
const actsMax = 100;

const listed = createRoute({
  method: 'get',
  path: '/api/v1/agent-work',
  tags: ['agents'],
  summary: 'What each agent did: attempts of the last 24 hours, and the latest one',
  responses: jsonAnswer(AgentWorkList, 'Agents that did something, in the runs that changed last'),
});

const shown = createRoute({
  method: 'get',
  path: '/api/v1/agents/{name}',
  tags: ['agents'],
  summary: 'One agent with its workers, what it has in hand and its latest attempts',
  request: { params: z.object({ name: z.string().min(1).max(200) }) },
  responses: jsonAnswer(AgentPage, 'The agent'),
});

/** What agents did. */
export function addAgentWorkRoutes(api: Api, deps: Deps): void {
  const { board, clock } = deps;
  const read = attemptReader(deps);
  const about = () => ({ nowMs: clock.now(), shortId: runLinesOf(board).shortId });
  const readLatest = async () => {
    await board.ready;
    const lines = board.lines();
    const latest = lines.slice(0, readMax);

    return { attempts: (await read(latest)).flat(), read: latest.length, of: lines.length };
  };

  api.openapi(listed, async (c) => {
    const { attempts, ...counts } = await readLatest();
    const byAgent = [...groupedBy(attempts, ({ agent }) => agent)].toSorted(([a], [b]) => (a < b ? -1 : 1));
    const agents = byAgent.map(([name, own]) => agentWork(name, attemptsBy(name, own), about()));

    return c.json({ agents, ...counts }, 200);
  });
  api.openapi(shown, async (c) => {
    const { name } = c.req.valid('param');
    const { attempts, ...counts } = await readLatest();
    const own = attemptsBy(name, attempts);
    const agent = await rowOf(deps, name);
    const acts = own.slice(0, actsMax).map((each) => agentAct(each, about().shortId));

    return c.json({ agent, work: agentWork(name, own, about()), acts, ...counts }, 200);
  });
}

function attemptReader(deps: Deps) {
  const known = knownDefinitionsOf(deps);

  return createRunResults(async ({ run, head: { definition } }: BoardLine) => {
    const loaded = await known.byHash(definition.hash);
    if (loaded === undefined) return [];
    const { rows } = await deps.rows.open(run);

    return attemptsOf(
      { run, definition: { id: definition.id, version: definition.version } },
      rows,
      loaded.definition,
    );
  });
}

/** Rejects with RequestRefused, `agent.unknown`. */
async function rowOf(deps: Deps, name: string) {
  const depths = await deps.agents.depths();
  const agent = deps.agents.agents(depths).find((each) => each.name === name);
  if (agent !== undefined) return agentRow(agent, depths?.get(name), await currentTasks(deps));
  const message = `nobody knows an agent "${name}": it is not declared, no worker is there, nothing waits for it`;

  throw new RequestRefused({ code: 'agent.unknown', message });
}
