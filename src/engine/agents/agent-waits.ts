import { isEnough, type Level } from '../../../machines/agents/declared-agent.ts';
import { matchAgents } from '../../../machines/agents/match.ts';
import type { TaskState } from '../../../machines/chart/run/run-state.ts';
import type { SimpleTask } from '../../../machines/task.ts';
import { withNames } from '../../../machines/task-names.ts';
import type { Agent, Roster } from '../../ports/work/agent-admin.ts';
import type { AgentQueue } from '../../ports/work/surroundings.ts';
import { type AgentTask, agentOfTask, isThere } from './agent-route.ts';

/** Why an attempt of an agent has not begun. Nothing but a person changes that where it is `unattended`. */
type AgentWait = { readonly reason: string; readonly fix?: string; readonly unattended?: true };

/** What an attempt that is scheduled waits for, as far as that is known without knowing who is there. */
export function unknownWait(task: AgentTask, state: TaskState): AgentWait {
  const agent = agentOfTask(task, state);
  if (agent !== undefined) return { reason: `waiting for a worker of the agent ${quoted(agent)}` };
  const { performer } = withNames(task, state.names);
  const skills = performer.kind === 'skills' ? performer.skills : [];

  return { reason: `waiting for an agent with the skill ${skills.map(quoted).join(' and ')}` };
}

/** What an attempt that is scheduled waits for, by who is there now. */
export function agentWait(task: AgentTask, state: TaskState, roster: Roster): AgentWait {
  const agent = agentOfTask(task, state);
  if (agent !== undefined) return waitForAgent(agent, task.agentLevel, roster);
  const { performer } = withNames(task, state.names);
  const skills = performer.kind === 'skills' ? performer.skills : [];

  return waitForSkills(skills, task.agentLevel, roster.agents());
}

/** The same of any task of the agent, where it cannot begin at once. */
export function queueAt(name: string, roster: Roster): AgentQueue | undefined {
  const wait = waitForAgent(name, undefined, roster);
  const { transport, workers = [] } = roster.find(name) ?? {};
  const isBusy = transport?.kind === 'nats' && roomOf(workers) <= runningOf(workers);
  if (wait.unattended !== true && !isBusy) return undefined;

  return { reason: wait.reason, fix: wait.fix, unattended: wait.unattended === true };
}

/** The same of any task that asks for these skills. */
export function queueFor(skills: readonly string[], roster: Roster): AgentQueue | undefined {
  const { reason, fix, unattended } = waitForSkills(skills, undefined, roster.agents());

  return unattended === true ? { reason, fix, unattended } : undefined;
}

function waitForAgent(name: string, least: Level | undefined, roster: Roster): AgentWait {
  const agent = roster.find(name);
  if (agent === undefined) return noWorker(name);
  if (hasLevel(agent) && !isEnough(agent.level, least)) {
    const reason = `the agent ${quoted(name)} is ${agent.level}, the task needs ${orAbove(least)}`;
    return { reason, unattended: true };
  }
  if (agent.draining !== undefined) {
    const reason = `the agent ${quoted(name)} is ${drainText(agent.draining)}`;
    return { reason, fix: `workflow agents resume ${shellWord(name)}`, unattended: true };
  }
  switch (agent.transport.kind) {
    case 'command':
      return { reason: `the agent ${quoted(name)} is a command; an engine has to carry it out` };
    case 'files':
      return { reason: `in the queue of ${quoted(name)}, in the folder ${agent.transport.inbox}` };
    case 'nats':
      return agent.workers.length === 0 ? noWorker(name) : { reason: queueText(agent) };
  }
}

/** Of an agent that is neither declared nor has workers the level is not known. */
function hasLevel({ declared, workers }: Agent): boolean {
  return declared || workers.length > 0;
}

function noWorker(name: string): AgentWait {
  return {
    reason: `no worker is listening for the agent ${quoted(name)}`,
    fix: `workflow worker ${shellWord(name)} -- <command>`,
    unattended: true,
  };
}

function queueText({ name, workers }: Agent): string {
  const room = roomOf(workers);
  const running = runningOf(workers);
  const who = workers.length === 1 ? 'its worker' : `its ${workers.length} workers`;
  const are = workers.length === 1 ? 'is' : 'are';
  const how = running >= room ? 'busy' : 'listening';

  return `in the queue of ${quoted(name)}: ${who} ${are} ${how} (${running} of ${room})`;
}

function roomOf(workers: Agent['workers']): number {
  return workers.reduce((sum, { capacity }) => sum + capacity, 0);
}

function runningOf(workers: Agent['workers']): number {
  return workers.reduce((sum, { running }) => sum + running, 0);
}

function waitForSkills(
  skills: readonly string[],
  level: Level | undefined,
  agents: readonly Agent[],
): AgentWait {
  const there = agents.filter(isThere).map((agent) => ({ ...agent, load: 0 }));
  const found = matchAgents({ skills, level }, there);
  if (found !== undefined)
    return { reason: `being assigned to ${found.map(({ agent }) => quoted(agent)).join(' and ')}` };
  const missing = skills.filter((skill) => matchAgents({ skills: [skill], level }, there) === undefined);

  return {
    reason: missing.map((skill) => missingSkill(skill, level, agents)).join('; '),
    unattended: true,
  };
}

function missingSkill(skill: string, level: Level | undefined, agents: readonly Agent[]): string {
  const offering = agents.filter(({ skills }) => skills.includes(skill));
  const enough = offering.filter((agent) => isEnough(agent.level, level));
  const [first] = enough;
  if (first !== undefined) {
    const why =
      first.draining === undefined ? 'no worker is listening for it' : `it is ${drainText(first.draining)}`;
    return `of the agents that offer the skill ${quoted(skill)} none is there: ${quoted(first.name)} does, but ${why}`;
  }
  const asked = level === undefined ? '' : ` at level ${orAbove(level)}`;
  const low = offering.map((agent) => `${quoted(agent.name)} does, but is ${agent.level}`).slice(0, 3);

  return [`no agent offers the skill ${quoted(skill)}${asked}`, ...low].join('; ');
}

function drainText({ by, at, reason }: NonNullable<Agent['draining']>): string {
  return `draining since ${at} by ${by}${reason === undefined ? '' : ` (${reason})`}`;
}

function orAbove(level: Level | undefined): string {
  return level === 'L0' ? 'L0' : `${level ?? 'L3'} or above`;
}

function quoted(name: string): string {
  return JSON.stringify(name);
}

function shellWord(name: string): string {
  return /^[\w.@%+=:,/-]+$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`;
}

/**
 * What an attempt waits for whose worker is there no longer: it died, or gave the attempt back. Undefined where the
 * worker is listening, or where none is needed to be.
 */
export function expiredClaimWait(task: SimpleTask, state: TaskState, roster: Roster): AgentWait | undefined {
  const name = agentOfTask(task, state);
  if (name === undefined || state.worker === undefined) return undefined;
  const agent = roster.find(name);
  const isThere = agent?.workers.some(({ worker }) => worker === state.worker) === true;
  if (isThere || (agent !== undefined && agent.transport.kind !== 'nats')) return undefined;
  const { reason, ...wait } = agentWait(task, state, roster);
  const heardAt = state.heartbeatAt ?? state.startedAt;
  const since = heardAt === undefined ? '' : ` (last heard ${heardAt})`;
  const was = `attempt ${state.attempt} was with worker ${state.worker} of ${JSON.stringify(name)}, which is not listening any more${since}`;

  return { reason: `${was}; ${reason}`, ...wait };
}
