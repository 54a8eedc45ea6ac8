import { z } from 'zod';
import { unknownAgent } from '../../../machines/agents/agent-name.ts';
import { didYouMean } from '../../../machines/language/suggest.ts';
import { AgentPage, AgentWorkList } from '../../api/agent-work.ts';
import type { agentOperations } from '../../api/operations/agents.ts';
import { PageQuery } from '../../api/page.ts';
import { AgentList, AgentMove, AgentNamed } from '../../api/people.ts';
import type { BoardLine } from '../../ports/runs/board.ts';
import type { AgentRefusal, TeamRef } from '../../ports/work/agent-admin.ts';
import { type AgentTaskRow, agentRow, agentTasks } from '../../projections/agent/agent-row.ts';
import { agentAct, agentWork, attemptsBy, attemptsOf } from '../../projections/agent/agent-work.ts';
import { groupedBy } from '../../projections/insights/failure-groups.ts';
import { knownDefinitionsOf } from '../definitions/known-definitions.ts';
import { createRunResults } from '../insights/read-runs.ts';
import { keptFor } from '../kept-for.ts';
import { byName, firstPage, type PageWanted, pageOf } from '../page.ts';
import { runLinesOf, sumOf } from '../runs/run-lines.ts';
import { type OperationPorts, RequestRefused, type UseCasesOf, useCase } from '../use-case.ts';

/** The histories of so many runs are read, those that changed last. */
const readMax = 500;
const actsMax = 100;
/** So many runs are read for what agents have under way, those that changed last. */
const busyMax = 100;

export const agentUseCases = {
  list: useCase(PageQuery, AgentList, agentList),
  drain: useCase(
    AgentNamed.extend({ reason: z.string().max(2_000).optional() }),
    AgentList,
    async (ports, { name, reason }, { actor: by }) => {
      refuse(await ports.agents.drain(name, { by, reason }));

      return agentList(ports, firstPage);
    },
  ),
  resume: useCase(AgentNamed, AgentList, async (ports, { name }, { actor: by }) => {
    refuse(await ports.agents.resume(name, { by }));

    return agentList(ports, firstPage);
  }),
  move: useCase(AgentMove, AgentList, async (ports, { name, team, reason }, { actor: by }) => {
    const to = team === undefined ? undefined : await teamCalled(ports, team);
    refuse(await ports.agents.move(name, { to, by, reason }));

    return agentList(ports, firstPage);
  }),
  work: useCase(PageQuery, AgentWorkList, async (ports, wanted) => {
    const { attempts, ...counts } = await latestAttempts(ports);
    const byAgent = Array.from(
      groupedBy(attempts, ({ agent }) => agent),
      ([name, own]) => ({ name, own }),
    );
    const { items, ...page } = pageOf(byAgent, byName('agents that did something'), wanted);
    const works = items.map(({ name, own }) => agentWork(name, attemptsBy(name, own), about(ports)));

    return { ...page, items: works, ...counts };
  }),
  show: useCase(AgentNamed, AgentPage, async (ports, { name }) => {
    const { attempts, ...counts } = await latestAttempts(ports);
    const own = attemptsBy(name, attempts);
    const agent = await rowOf(ports, name);
    const { shortId } = about(ports);
    const acts = own.slice(0, actsMax).map((each) => agentAct(each, shortId));

    return { agent, work: agentWork(name, own, about(ports)), acts, ...counts };
  }),
} satisfies UseCasesOf<typeof agentOperations>;

/** Rejects with RequestRefused, `team.unknown`. */
async function teamCalled({ goals }: OperationPorts, name: string): Promise<TeamRef> {
  const { teams } = await goals.enterprise();
  const team = teams.find((each) => each.name === name);
  if (team !== undefined) return { team: name, department: team.department };
  const known = teams.map((each) => each.name);
  const there =
    known.length === 0
      ? 'it has no teams, or there is no such file'
      : `it has ${known.slice(0, 20).join(', ')}${didYouMean(name, known)}`;

  throw new RequestRefused({
    code: 'team.unknown',
    message: `enterprise.yaml has no team ${JSON.stringify(name)}: ${there}`,
  });
}

async function agentList(ports: OperationPorts, wanted: PageWanted): Promise<AgentList> {
  const { agents } = ports;
  await agents.ready();
  const depths = await agents.depths();
  const tasks = await currentTasks(ports);

  const { items, ...page } = pageOf(agents.agents(depths), byName('agents'), wanted);

  return {
    ...page,
    items: items.map((agent) => agentRow(agent, depths?.get(agent.name), tasks)),
    ...(agents.invalid === undefined ? {} : { problems: [...agents.invalid.problems] }),
  };
}

/** Rejects with RequestRefused, `agent.unknown`. */
async function rowOf(ports: OperationPorts, name: string) {
  await ports.agents.ready();
  const depths = await ports.agents.depths();
  const all = ports.agents.agents(depths);
  const agent = all.find((each) => each.name === name);
  if (agent !== undefined) return agentRow(agent, depths?.get(name), await currentTasks(ports));
  throw new RequestRefused(
    unknownAgent(
      name,
      all.map((each) => each.name),
    ),
  );
}

function refuse(refusal: AgentRefusal | undefined): void {
  if (refusal !== undefined) throw new RequestRefused(refusal);
}

function about({ clock, board }: OperationPorts) {
  return { nowMs: clock.now(), shortId: runLinesOf(board).shortId };
}

async function latestAttempts(ports: OperationPorts) {
  const { board } = ports;
  await board.ready;
  const latest = await board.page({ order: 'changed', limit: readMax });
  const of = sumOf(await board.counts());

  return { attempts: (await readAttempts(ports)(latest)).flat(), read: latest.length, of };
}

const readAttempts = keptFor((ports: OperationPorts) =>
  createRunResults(async ({ run, head: { definition } }: BoardLine) => {
    const loaded = await knownDefinitionsOf(ports).byHash(definition.hash);
    if (loaded === undefined) return [];
    const { rows } = await ports.rows.open(run);

    return attemptsOf(
      { run, definition: { id: definition.id, version: definition.version } },
      rows,
      loaded.definition,
    );
  }),
);

const known = new WeakMap<BoardLine, Promise<readonly AgentTaskRow[]>>();

/**
 * What agents have under way, and what they have not begun, in the runs that changed last. A run is read again only
 * when it has changed.
 */
async function currentTasks({ board, workflows }: OperationPorts): Promise<readonly AgentTaskRow[]> {
  await board.ready;
  const busy = board.live().filter(hasAttempts).slice(0, busyMax);
  const found = await Promise.all(
    busy.map((line) => {
      const tasks = known.get(line) ?? tasksOf(workflows, line.run);
      known.set(line, tasks);
      return tasks;
    }),
  );

  return found.flat();
}

const withAgents: ReadonlySet<string> = new Set(['SCHEDULED', 'IN_PROGRESS']);

function hasAttempts({ head, damage }: BoardLine): boolean {
  return damage === undefined && head.active.some(({ status }) => withAgents.has(status));
}

/** A run that cannot be read says nothing here: its own page tells why. */
async function tasksOf(
  workflows: OperationPorts['workflows'],
  run: string,
): Promise<readonly AgentTaskRow[]> {
  try {
    return agentTasks(await workflows.view(run));
  } catch {
    return [];
  }
}
