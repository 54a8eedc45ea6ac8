// What holds between an attempt that an agent carries out and those who report about it, as far as records show.
import type { FactMembers } from '../../../events/catalogue.ts';
import { isEnough } from '../../../machines/agents/declared-agent.ts';
import { localId, taskAt } from '../../../machines/chart/task-at.ts';
import { deathsMax } from '../../../machines/run/decide/decide-attempt.ts';
import type { Run } from '../../../machines/run/run.ts';
import type { SimpleTask } from '../../../machines/task.ts';
import type { AgentPlan } from '../templates/template.ts';
import type { Entry } from './docket.ts';
import { tokenIn } from './words.ts';

/** The task, if agents carry it out. */
export function remoteTask({ chart }: Pick<Run, 'chart'>, address: string): SimpleTask | undefined {
  const task = chart.plan.get(localId(address))?.task;
  if (task?.type !== 'SIMPLE') return undefined;

  return task.performer.kind === 'agent' || task.performer.kind === 'skills' ? task : undefined;
}

/** Whether the task asks its workers to end as soon as they have begun. */
export function isPoison({ chart }: Run, address: string): boolean {
  const input = chart.plan.get(localId(address))?.task.input;

  return typeof input === 'object' && input !== null && 'kills' in input;
}

export function holdersLaw(agents: readonly AgentPlan[]): (entry: Entry) => readonly string[] {
  const plans = new Map(agents.map((plan) => [plan.agent, plan] as const));

  return ({ before, record }) => {
    if (record.type === 'tasks.assigned')
      return record.data.fact.assignments.flatMap((each) => {
        const task = remoteTask(before, each.task);
        const problems = task === undefined ? [] : assignedProblems(each, task, plans);
        return problems.map((problem) => `${record.id}: ${each.task}: ${problem}`);
      });
    const fact: FactMembers = record.data.fact;
    const { task: address = '' } = fact;
    const task = remoteTask(before, address);
    if (task === undefined) return [];
    const { worker: holder, deaths = 0, state, assigned: [lead] = [] } = taskAt(before.state, address) ?? {};
    switch (record.type) {
      case 'task.started':
        return [
          ...startProblems(fact, { holder: state === 'in_progress' ? holder : undefined, deaths }),
          ...placeProblems(fact, { task, lead: lead?.agent, plans }),
        ].map((problem) => `${record.id}: ${problem}`);
      case 'task.completed':
      case 'task.failed':
        return endProblems(fact, { holder: state === 'scheduled' ? undefined : holder, deaths }).map(
          (problem) => `${record.id}: ${problem}`,
        );
      case 'task.assigned':
        return assignedProblems(fact, task, plans).map((problem) => `${record.id}: ${problem}`);
      default:
        return [];
    }
  };
}

type Plans = ReadonlyMap<string, AgentPlan>;
type Place = { readonly task: SimpleTask; readonly lead: string | undefined; readonly plans: Plans };
type Held = { readonly holder: string | undefined; readonly deaths: number };

function startProblems({ lost }: FactMembers, { holder, deaths }: Held): readonly string[] {
  if (lost === undefined) return [];

  return [
    ...(lost === holder ? [] : [`I4: ${String(lost)} is told lost, ${String(holder)} has the attempt`]),
    ...(deaths + 1 < deathsMax ? [] : [`the attempt is given to one more after ${deaths + 1} deaths`]),
  ];
}

/** The names of workers hold that of their agent. */
function placeProblems({ worker }: FactMembers, { task, lead, plans }: Place): readonly string[] {
  const { performer, agentLevel } = task;
  const agent = String(worker).split('-').slice(1, -1).join('-');
  const asked = performer.kind === 'agent' ? performer.agent : lead;
  const { level = 'L3' } = plans.get(agent) ?? {};

  return asked === agent && isEnough(level, agentLevel) ? [] : [`${String(worker)} may not begin it`];
}

/** I12: the result is that of the worker that had the attempt, and of nobody else, where a record says who had it. */
function endProblems(fact: FactMembers, { holder, deaths }: Held): readonly string[] {
  const { worker, output, error } = fact;
  const token = tokenIn(output);
  if (token !== undefined && !token.endsWith(` by ${String(worker)}`))
    return [`I12: ${String(worker)} is told to have said ${token}`];
  if (error?.code === 'worker.lost')
    return deaths + 1 === deathsMax ? [] : [`it is given up after ${deaths + 1} deaths`];

  return token === undefined || holder === undefined || worker === holder
    ? []
    : [`I12: the result is that of ${String(worker)}, and ${String(holder)} had the attempt`];
}

/** Every skill that is asked for is there, by agents that have it and whose level is enough. */
function assignedProblems(
  { agents: members = [] }: FactMembers,
  { performer, agentLevel }: SimpleTask,
  plans: Plans,
): readonly string[] {
  const asked = performer.kind === 'skills' ? performer.skills : [];
  const given = new Set(members.flatMap(({ skills }) => skills));
  const unable = members.filter(({ agent, skills }) => {
    const { skills: own = [], level = 'L3' } = plans.get(agent) ?? {};

    return !isEnough(level, agentLevel) || skills.some((skill) => !own.includes(skill));
  });

  return [
    ...asked.filter((skill) => !given.has(skill)).map((skill) => `nobody was found for ${skill}`),
    ...unable.map(({ agent }) => `${agent} cannot do what it was found for`),
  ];
}
