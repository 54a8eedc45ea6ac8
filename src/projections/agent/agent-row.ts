import type { TaskState } from '../../../machines/chart/run/run-state.ts';
import { localId } from '../../../machines/chart/task-at.ts';
import type { Task } from '../../../machines/task.ts';
import { withNames } from '../../../machines/task-names.ts';
import type { AgentRow, TaskOfAgent } from '../../api/people.ts';
import type { RunView } from '../../ports/runs/workflows.ts';
import type { Agent, SeenWorker, WorkDepth } from '../../ports/work/agent-admin.ts';
import { livingTasks } from '../run/movement.ts';
import { placesOf } from '../task/task-order.ts';

/** A task that an agent has, begun or not. */
export type AgentTaskRow = { readonly agent: string; readonly isBegun: boolean } & TaskOfAgent;

const currentMax = 20;

/** An agent as a row of a list. `tasks` are those of all agents. */
export function agentRow(
  agent: Agent,
  depth: WorkDepth | undefined,
  tasks: readonly AgentTaskRow[],
): AgentRow {
  const { name, description, department, level, skills, capacity, transport, declared, draining, moved } =
    agent;
  const own = tasks.filter((each) => each.agent === name);
  const current = own.filter(({ isBegun }) => isBegun);
  const waiting = own.filter(({ isBegun }) => !isBegun);
  const { running, utilisation } = businessOf(agent, current.length);

  return {
    name,
    description,
    department,
    level,
    skills: [...skills],
    capacity,
    transport: transport.kind,
    ...(transport.kind === 'files' ? { inbox: transport.inbox, outbox: transport.outbox } : {}),
    declared,
    state: stateOf(agent, running > 0 || current.length > 0),
    draining,
    moved,
    running,
    utilisation,
    queued: depth?.waiting ?? 0,
    taken: depth?.taken ?? 0,
    workers: agent.workers.map(workerOf),
    current: current.slice(0, currentMax).map(taskOf),
    waiting: waiting.slice(0, currentMax).map(taskOf),
  };
}

function taskOf({ agent: _agent, isBegun: _isBegun, ...task }: AgentTaskRow): TaskOfAgent {
  return task;
}

function stateOf({ draining, transport, workers }: Agent, isBusy: boolean): AgentRow['state'] {
  if (draining !== undefined) return 'draining';
  // Files and commands need no worker.
  if (transport.kind === 'nats' && workers.length === 0) return 'gone';

  return isBusy ? 'busy' : 'idle';
}

function workerOf(seen: SeenWorker): AgentRow['workers'][number] {
  const { worker, language, host, running, capacity, utilisation, seenAtMs } = seen;
  const lastHeardAt = new Date(seenAtMs).toISOString();

  return { worker, language, host, running, capacity, utilisation, lastHeardAt };
}

/** The tasks of a run that agents have, begun or not. */
export function agentTasks(view: RunView): readonly AgentTaskRow[] {
  const places = placesOf(view.definition);

  return [...livingTasks(view.state)].flatMap(([address, state]) => {
    const isBegun = state.state === 'in_progress';
    if (!isBegun && state.state !== 'scheduled') return [];
    const task = places.get(localId(address))?.task;
    const skills = skillsOf(task, state);
    const of = { run: view.run, task: address, since: isBegun ? state.startedAt : state.scheduledAt };
    const row = { ...of, isBegun, ...(skills === undefined ? {} : { skills: [...skills] }) };
    return agentsOf(task, state).map((agent) => ({ agent, ...row }));
  });
}

function skillsOf(task: Task | undefined, { names }: TaskState): readonly string[] | undefined {
  if (task?.type !== 'SIMPLE') return undefined;
  const { performer } = withNames(task, names);

  return performer.kind === 'skills' ? performer.skills : undefined;
}

function agentsOf(task: Task | undefined, { assigned = [], appointed, names }: TaskState): readonly string[] {
  if (task?.type !== 'SIMPLE') return [];
  if (appointed !== undefined) return [appointed.agent];
  const { performer } = withNames(task, names);
  if (performer.kind === 'agent') return [performer.agent];

  return performer.kind === 'skills' ? assigned.map(({ agent }) => agent) : [];
}

/** How much an agent has under way, of how much it can have, and how busy it is: its workers, in the last minute. */
type Business = { readonly running: number; readonly utilisation: number };

/** Nobody says hello for a command or a folder: what is under way counts, as far as its runs tell of it. */
function businessOf({ workers, transport, capacity }: Agent, underWay: number): Business {
  if (transport.kind !== 'nats') {
    return { running: underWay, utilisation: Math.min(1, underWay / Math.max(1, capacity)) };
  }
  const room = sum(workers, (each) => each.capacity);

  return {
    running: sum(workers, ({ running }) => running),
    utilisation: room === 0 ? 0 : sum(workers, (each) => each.utilisation * each.capacity) / room,
  };
}

function sum(workers: readonly SeenWorker[], of: (worker: SeenWorker) => number): number {
  return workers.reduce((total, worker) => total + of(worker), 0);
}
