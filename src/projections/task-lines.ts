import { isSettled, statusOf, type TaskState, type TaskStatus } from '../../machines/compile/run-state.ts';
import type { Task } from '../../machines/task.ts';
import type { RunView } from '../ports/workflows.ts';
import { noteOfOutput } from './task-note.ts';

/** One task as a line of a progress display shows it. `elapsedMs` is absent before the task has started. */
export type TaskLine = {
  readonly id: string;
  readonly type: string;
  readonly status: TaskStatus;
  readonly attempt: number;
  readonly attemptsMax: number;
  readonly elapsedMs?: number;
  readonly note: string;
};

/** The tasks of a run in the order of the definition. `nowMs` is what running tasks are measured against. */
export function taskLines(view: RunView, nowMs: number): readonly TaskLine[] {
  return view.definition.tasks.flatMap((task) => {
    const state = view.state.tasks[task.id];
    if (state === undefined) return [];
    const look: Look = { task, state, status: statusOf(state.state), nowMs };

    return [
      { ...lineOf(look), note: look.status === 'SCHEDULED' ? scheduledNote(look, view) : noteOf(look) },
    ];
  });
}

/** How far a run is: tasks that will not change any more, of all. */
export function progressOf(view: RunView): { readonly settled: number; readonly tasks: number } {
  const tasks = Object.values(view.state.tasks);

  return { settled: tasks.filter(isSettled).length, tasks: tasks.length };
}

type Look = {
  readonly task: Task;
  readonly state: TaskState;
  readonly status: TaskStatus;
  readonly nowMs: number;
};

/** A task that has not begun after so long has a reason that people want to know. */
const soonMs = 2000;

function lineOf({ task, state, status, nowMs }: Look): Omit<TaskLine, 'note'> {
  const from = state.startedAt ?? (status === 'PENDING_APPROVAL' ? state.scheduledAt : undefined);
  const to = state.endedAt === undefined ? nowMs : Date.parse(state.endedAt);

  return {
    id: task.id,
    type: task.type,
    status,
    attempt: state.attempt,
    attemptsMax: task.retry.maxAttempts,
    ...(from === undefined ? {} : { elapsedMs: Math.max(0, to - Date.parse(from)) }),
  };
}

function noteOf(look: Look): string {
  const { task, state, status } = look;
  switch (status) {
    case 'FAILED':
    case 'TIMED_OUT':
      return joined(attemptOf(look), errorOf(state));
    case 'RETRYING':
      return retryNote(look);
    case 'IN_PROGRESS':
      return joined(state.attempt > 1 ? attemptOf(look) : '', progressNote(state));
    case 'PENDING_APPROVAL':
      return approvalNote(task, state);
    case 'COMPLETED':
    case 'COMPLETED_WITH_ERRORS':
      return completedNote(look);
    default:
      return '';
  }
}

function scheduledNote(look: Look, view: RunView): string {
  const { state, task, nowMs } = look;
  const since = state.scheduledAt === undefined ? nowMs : Date.parse(state.scheduledAt);
  const wait = view.waitsFor.find((each) => each.task === task.id);

  return joined(state.attempt > 1 ? attemptOf(look) : '', nowMs - since > soonMs ? (wait?.reason ?? '') : '');
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(': ');
}

/** `attempt 2 of 3`, where there can be more than one. */
function attemptOf({ task, state }: Look): string {
  return task.retry.maxAttempts > 1 ? `attempt ${state.attempt} of ${task.retry.maxAttempts}` : '';
}

function errorOf({ error }: TaskState): string {
  return error === undefined ? '' : `${error.code}: ${error.message}`;
}

function retryNote({ task, state, nowMs }: Look): string {
  const seconds = state.retryAt === undefined ? 0 : Math.ceil((Date.parse(state.retryAt) - nowMs) / 1000);
  const due = seconds > 0 ? `in ${seconds}s` : 'now';

  return `attempt ${state.attempt + 1} of ${task.retry.maxAttempts} ${due}, last: ${state.error?.message ?? 'failed'}`;
}

function progressNote({ progress }: TaskState): string {
  const percent = progress?.percent === undefined ? '' : `${Math.round(progress.percent)}%`;

  return [percent, progress?.message ?? ''].filter((part) => part !== '').join(' ');
}

function approvalNote(task: Task, state: TaskState): string {
  if (task.type !== 'HUMAN') return '';
  const { approvers, quorum } = task;
  const names = approvers?.names ?? [];
  const who = names.length > 0 ? names.join(' or ') : (approvers?.level ?? 'anyone');

  return quorum > 1 ? `${state.grants?.length ?? 0} of ${quorum} given, by ${who}` : `by ${who}`;
}

function completedNote({ task, state: { output, decision } }: Look): string {
  if (decision !== undefined) {
    const next = decision.next.length === 0 ? 'nothing' : decision.next.join(', ');
    return decision.case === undefined ? 'no case matched' : `${decision.case} → ${next}`;
  }
  if (task.type !== 'HUMAN') return noteOfOutput(output);
  const said = typeof output === 'object' && output !== null && !Array.isArray(output) ? output : {};
  const answer = said as { readonly decision?: unknown; readonly by?: unknown };

  return typeof answer.decision === 'string' && typeof answer.by === 'string'
    ? `${answer.decision} by ${answer.by}`
    : '';
}
