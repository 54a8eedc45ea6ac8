import type { ErrorData } from '../../../events/run-events.ts';
import { unknownAgent } from '../../../machines/agents/agent-name.ts';
import { isEnough, type Level } from '../../../machines/agents/declared-agent.ts';
import { type Candidate, matchAgents } from '../../../machines/agents/match.ts';
import type { TaskState } from '../../../machines/chart/run/run-state.ts';
import { taskAt } from '../../../machines/chart/task-at.ts';
import { didYouMean } from '../../../machines/language/suggest.ts';
import type { Run } from '../../../machines/run/run.ts';
import type { SimpleTask, Task } from '../../../machines/task.ts';
import { agentFor, type TaskNames, withNames } from '../../../machines/task-names.ts';
import type { Agent, Roster } from '../../ports/work/agent-admin.ts';
import type { Performer, Performers } from '../../ports/work/handler.ts';

/** Agents that were found by their skills; the first leads. */
export type Team = readonly { readonly agent: string; readonly skills: readonly string[] }[];

/** What is to happen to an attempt of an agent now. */
export type Route =
  /** Nobody may have it; it is looked for again when the roster changes. */
  | { readonly kind: 'wait' }
  /** The agent gets nothing new: what it was offered stays there. */
  | { readonly kind: 'stay' }
  /** These agents were found; the run has to note them first. */
  | { readonly kind: 'assign'; readonly agents: Team }
  | { readonly kind: 'queue'; readonly agent: string }
  | { readonly kind: 'here'; readonly agent: string; readonly performer: Performer };

type Parts = {
  readonly roster: Roster;
  readonly performers: Performers;
  /** How many attempts an agent has, as far as this engine gave them to it. */
  readonly loadOf: (agent: string) => number;
};

/** The agent whose workers have the say about the latest attempt; undefined before it is known. */
export function agentOf(run: Run, task: Task, address: string): string | undefined {
  return isOfAgent(task) ? agentOfTask(task, taskAt(run.state, address)) : undefined;
}

export function routeOf(
  { run, task, address }: { readonly run: Run; readonly task: AgentTask; readonly address: string },
  parts: Parts,
): Route {
  const state = taskAt(run.state, address);
  const { performer, agentLevel } = withNames(task, state?.names);
  const name = agentOf(run, task, address);
  const agent = name === undefined ? undefined : parts.roster.find(name);
  // Whom somebody named is kept, there or not.
  const isOpen = performer.kind === 'skills' && state?.appointed === undefined;
  if (isOpen && (agent === undefined || !isThere(agent))) {
    const agents = teamFor(performer.skills, agentLevel, parts);
    if (agents !== undefined && agents[0]?.agent !== name) return { kind: 'assign', agents };
  }

  return name === undefined ? { kind: 'wait' } : routeTo(name, agentLevel, parts);
}

/** Who is there now comes before who may be there later; those who are drained come not at all. */
function teamFor(skills: readonly string[], level: Level | undefined, parts: Parts): Team | undefined {
  const open = parts.roster.agents().filter(({ draining }) => draining === undefined);
  const asked = { skills, level };

  return (
    matchAgents(asked, candidates(open.filter(isThere), parts)) ?? matchAgents(asked, candidates(open, parts))
  );
}

function candidates(agents: readonly Agent[], { loadOf }: Parts): readonly Candidate[] {
  return agents.map(({ name, level, skills, capacity }) => ({
    name,
    level,
    skills,
    capacity,
    load: loadOf(name),
  }));
}

function routeTo(name: string, level: Level | undefined, { roster, performers }: Parts): Route {
  const agent = roster.find(name);
  // Nobody has heard of it yet: its workers find the attempt when they come, unless they may not have it.
  if (agent === undefined) return level === undefined ? { kind: 'queue', agent: name } : { kind: 'wait' };
  if (!isEnough(agent.level, level)) return { kind: 'wait' };
  if (agent.draining !== undefined) return { kind: 'stay' };
  if (agent.transport.kind !== 'command') return { kind: 'queue', agent: name };
  const performer = performers.ofAgent?.(agent);

  return performer === undefined ? { kind: 'wait' } : { kind: 'here', agent: name, performer };
}

/** Why the names that expressions gave of an agent or of skills mean nobody who is known; undefined where they do. */
export function unknownNames(names: TaskNames | undefined, roster: Roster): ErrorData | undefined {
  if (names === undefined) return undefined;
  const { agent, skills = [] } = names;
  if (agent !== undefined && roster.find(agent) === undefined) {
    const known = roster.agents().map(({ name }) => name);
    return { ...unknownAgent(agent, known), retryable: true };
  }
  const offered = new Set(roster.agents().flatMap((each) => each.skills));
  const missing = skills.find((skill) => !offered.has(skill));
  if (missing === undefined) return undefined;
  const message = `no agent that is declared or heard of offers the skill ${JSON.stringify(missing)}${didYouMean(missing, offered)}`;

  return { code: 'skill.unknown', message, retryable: true };
}

/** A task that an agent carries out: one that it names, or one with the skills that it asks for. */
export type AgentTask = SimpleTask;

export function isOfAgent(task: Task): task is AgentTask {
  return task.type === 'SIMPLE' && (task.performer.kind === 'agent' || task.performer.kind === 'skills');
}

/** The agent that carries the latest attempt out, as far as that is known: who leads, where there are several. */
export function agentOfTask(
  task: AgentTask,
  state: Pick<TaskState, 'assigned' | 'appointed' | 'names'> | undefined,
): string | undefined {
  return agentFor(withNames(task, state?.names).performer, state ?? {});
}

/** Whether work that it is given now would be begun without a person. */
export function isThere({ draining, transport, workers }: Agent): boolean {
  return draining === undefined && (transport.kind !== 'nats' || workers.length > 0);
}
