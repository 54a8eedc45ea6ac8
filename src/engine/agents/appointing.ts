import { unknownAgent } from '../../../machines/agents/agent-name.ts';
import { isEnough } from '../../../machines/agents/declared-agent.ts';
import { localId, taskAt } from '../../../machines/chart/task-at.ts';
import type { Command, Refusal } from '../../../machines/run/decide/command.ts';
import type { Run } from '../../../machines/run/run.ts';
import { withNames } from '../../../machines/task-names.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Agent, Roster } from '../../ports/work/agent-admin.ts';
import { type AgentTask, isOfAgent } from './agent-route.ts';

/** An engine that has just begun hears of the workers that are there within this time. */
const heardMs = 1_000;

type AssignTask = Extract<Command, { kind: 'assignTask' }>;

/** Resolves when somebody of this name is known, or would be if anybody were there. */
export async function whenHeardOf(
  name: string,
  {
    roster,
    clock,
  }: { readonly roster?: Roster | undefined; readonly clock?: Pick<Clock, 'after'> | undefined },
): Promise<void> {
  if (roster === undefined || clock === undefined || roster.find(name) !== undefined) return;
  await new Promise<void>((resolve) => {
    const end = () => {
      stop();
      cancel();
      resolve();
    };
    const cancel = clock.after(heardMs, end);
    const stop = roster.onChange(() => {
      if (roster.find(name) !== undefined) end();
    });
  });
}

/** Why this agent cannot be given the task: nobody knows it, it is drained, or it lacks what the task asks for. */
export function unfitFor(run: Run, { task: address, to }: AssignTask, roster: Roster): Refusal | undefined {
  const task = run.chart.plan.get(localId(address))?.task;
  // What is wrong with the task itself is for the run to say.
  if (task === undefined || !isOfAgent(task)) return undefined;
  const agent = roster.find(to);
  const known = roster.agents();
  if (agent === undefined)
    return unknownAgent(
      to,
      known.map(({ name }) => name),
    );

  return lacking(agent, { address, task: withNames(task, taskAt(run.state, address)?.names) }, known);
}

function lacking(
  { name, level, skills, draining }: Agent,
  { address, task }: { readonly address: string; readonly task: AgentTask },
  known: readonly Agent[],
): Refusal | undefined {
  const { performer, agentLevel } = task;
  const missing =
    performer.kind === 'skills' ? performer.skills.find((one) => !skills.includes(one)) : undefined;
  if (missing !== undefined) {
    const others = known.filter((each) => each.skills.includes(missing)).map((each) => each.name);
    const offered =
      others.length === 0
        ? 'nobody does'
        : `${others.slice(0, 5).join(', ')} ${others.length === 1 ? 'does' : 'do'}`;
    const message = `${name} does not offer the skill ${JSON.stringify(missing)}, which ${address} requires; ${offered}`;
    return { code: 'agent.lacks-skill', message };
  }
  if (!isEnough(level, agentLevel))
    return {
      code: 'agent.level',
      message: `${name} is ${level}; ${address} needs ${agentLevel ?? ''} or above`,
    };
  if (draining === undefined) return undefined;
  const message = `${name} gets nothing new: it is draining since ${draining.at} by ${draining.by}; resume it first, or name another agent`;

  return { code: 'agent.draining', message };
}
