import { isFinal, type TaskState } from '../../machines/compile/run-state.ts';
import type { Run } from '../../machines/run/run.ts';
import type { HumanTask, SimpleTask } from '../../machines/task.ts';
import type { Wait } from '../ports/workflows.ts';

/** Says in words what a run that is not final waits for, the most telling reasons first. */
export function waitsFor(run: Run): readonly Wait[] {
  const state = run.state;
  if (isFinal(state.status)) return [];
  const paused: Wait[] =
    state.status === 'PAUSED' ? [{ reason: 'the run is paused', fix: `workflow resume ${state.run}` }] : [];
  const waits = run.chart.definition.tasks.flatMap((task): Wait[] => {
    const taskState = state.tasks[task.id];
    if (taskState === undefined) return [];
    if (task.type === 'HUMAN') return approvalWait(task, taskState, state.run);
    return task.type === 'SIMPLE' ? attemptWait(task, taskState) : [];
  });

  return [...paused, ...waits];
}

function approvalWait(task: HumanTask, state: TaskState, run: string): Wait[] {
  if (state.state !== 'pending_approval') return [];
  const names = task.approvers?.names ?? [];
  const who = names.length > 0 ? names.join(' or ') : (task.approvers?.level ?? 'anyone');
  const given = state.grants?.length ?? 0;
  const quorum = task.quorum > 1 ? `, ${given} of ${task.quorum} given` : '';

  return [
    {
      task: task.id,
      reason: `waiting for approval by ${who} since ${state.scheduledAt ?? ''}${quorum}`,
      fix: `workflow approve ${run} ${task.id}`,
    },
  ];
}

function attemptWait(task: SimpleTask, state: TaskState): Wait[] {
  switch (state.state) {
    case 'retrying':
      return [
        {
          task: task.id,
          reason: `attempt ${state.attempt + 1} of ${task.retry.maxAttempts} at ${state.retryAt ?? ''}; the last one failed: ${state.error?.message ?? ''}`,
        },
      ];
    case 'scheduled':
      return [{ task: task.id, reason: scheduledReason(task) }];
    case 'in_progress':
      return [
        {
          task: task.id,
          reason: `attempt ${state.attempt} is carried out by ${state.worker ?? 'a worker'} since ${state.startedAt ?? ''}`,
        },
      ];
    case 'recovering':
      return [{ task: task.id, reason: `its fallback ${task.fallback.join(', ')} stands in for it` }];
    default:
      return [];
  }
}

/** Agents and skills are found among connected workers; an action or a command needs only an engine. */
function scheduledReason({ performer }: SimpleTask): string {
  switch (performer.kind) {
    case 'agent':
      return `no worker is listening for the agent "${performer.agent}"`;
    case 'skills':
      return `no worker is listening for the skill ${performer.skills.map((skill) => `"${skill}"`).join(' and ')}`;
    default:
      return 'scheduled; an engine has to carry it out';
  }
}
