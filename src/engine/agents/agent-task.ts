import type { TaskState } from '../../../machines/chart/run/run-state.ts';
import type { SimpleTask, Task } from '../../../machines/task.ts';
import type { Agent } from '../../ports/work/roster.ts';

/** A task that an agent carries out: one that it names, or one with the skills that it asks for. */
export type AgentTask = SimpleTask;

export function isOfAgent(task: Task): task is AgentTask {
  return task.type === 'SIMPLE' && (task.performer.kind === 'agent' || task.performer.kind === 'skills');
}

/** The agent that carries the latest attempt out, as far as that is known: who leads, where there are several. */
export function agentFor(
  { performer }: AgentTask,
  state: Pick<TaskState, 'assigned'> | undefined,
): string | undefined {
  return performer.kind === 'agent' ? performer.agent : state?.assigned?.[0]?.agent;
}

/** Whether work that it is given now would be begun without a person. */
export function isThere({ draining, transport, workers }: Agent): boolean {
  return draining === undefined && (transport.kind !== 'nats' || workers.length > 0);
}
