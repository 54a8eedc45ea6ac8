import { TaskResolved, TaskSkipped } from '../../../events/task-events.ts';
import { parseAddress } from '../../chart/address.ts';
import type { TaskState } from '../../chart/run/run-state.ts';
import { taskAt } from '../../chart/task-at.ts';
import { isSettled, statusOf } from '../../chart/task-status.ts';
import type { TaskType } from '../../task.ts';
import { isLeaving, onItsWayOut } from '../on-its-way-out.ts';
import { reasonOf } from '../reason-of.ts';
import { isPartOfRun, type Run } from '../run.ts';
import type { Command } from './command.ts';
import { accept, type Decision, refuse, unknownTask } from './decision.ts';

type CommandOf<Kind extends Command['kind']> = Extract<Command, { kind: Kind }>;

export function skipTask(run: Run, { task, reason }: CommandOf<'skipTask'>): Decision {
  return openTask(run, task) ?? accept(TaskSkipped.of({ task, ...reasonOf({ reason }) }));
}

/** Types whose end says more than an output, each with what to do instead. */
const notByHand: Partial<Record<TaskType, string>> = {
  HUMAN: 'approve or reject it',
  DECISION: 'skip it, or edit what it decides by and rerun from it',
  TERMINATE: 'terminate the run, or skip it',
};

export function resolveTask(run: Run, { task, output, reason }: CommandOf<'resolveTask'>): Decision {
  const refusal = openTask(run, task);
  if (refusal !== undefined) return refusal;
  const type = run.chart.plan.get(parseAddress(task)?.id ?? '')?.task.type ?? 'SIMPLE';
  const instead = notByHand[type];
  if (instead !== undefined)
    return refuse(
      'task.not-by-hand',
      `${task} is a ${type} task and cannot be completed by hand: ${instead}`,
    );

  return accept(TaskResolved.of({ task, output, ...reasonOf({ reason }) }));
}

/** Why a person cannot settle the task; undefined when it is open. */
function openTask(run: Run, text: string): Decision | undefined {
  const { phase } = run.state;
  const task = taskAt(run.state, text);
  if (task === undefined) return unknownTask(text);
  if (phase === 'queued') return refuse('run.queued', 'the run waits for a place: no task has begun');
  if (isLeaving(run.state) && phase !== 'compensating') return onItsWayOut(run.state);
  if (!isSettled(task) && isPartOfRun(run, text)) return undefined;

  return refuse('task.not-open', `${text} is ${statusOf(task.state)} already${hint(task)}`);
}

function hint({ state }: TaskState): string {
  return state === 'failed' || state === 'timed_out' ? ': retry the run, or rerun from the task' : '';
}
