import { ApprovalDenied, ApprovalGranted } from '../../events/task-events.ts';
import { notNamed } from '../agents/authority.ts';
import { localId } from '../compile/address.ts';
import { taskAt } from '../compile/task-at.ts';
import { statusOf } from '../compile/task-status.ts';
import { depthMax, isTooDeep } from '../json-depth.ts';
import { checkForm } from '../language/check-form.ts';
import type { Command, Refusal } from './command.ts';
import { accept, type Decision, refuse } from './decision.ts';
import { isPartOfRun } from './part-of-run.ts';
import type { Run } from './run.ts';

type Approve = Extract<Command, { kind: 'approve' }>;
type Reject = Extract<Command, { kind: 'reject' }>;

export function approve(run: Run, command: Approve): Decision {
  const refusal = notAsked(run, command);
  if (refusal !== undefined) return { ok: false, refusal };
  if (taskAt(run.state, command.task)?.grants?.some(({ by }) => by === command.by)) {
    return refuse('approval.already-given', `${command.by} has approved ${command.task} already`);
  }
  const faults = formFaults(run, command);
  if (faults.length > 0) return refuse('input.form', `the form of ${command.task}: ${faults.join('; ')}`);

  return accept(ApprovalGranted.of(answerOf(command)));
}

export function reject(run: Run, command: Reject): Decision {
  const refusal = notAsked(run, command);
  if (refusal !== undefined) return { ok: false, refusal };

  return accept(ApprovalDenied.of(answerOf(command)));
}

function formFaults(run: Run, { task, data }: Approve): readonly string[] {
  const place = run.chart.plan.get(localId(task))?.task;
  if (place?.type !== 'HUMAN' || place.form === undefined) return [];
  if (data !== undefined && isTooDeep(data)) return [`it is nested deeper than ${depthMax} levels`];

  return checkForm(place.form, data ?? {});
}

function notAsked(run: Run, { task, by }: Approve | Reject): Refusal | undefined {
  const place = run.chart.plan.get(localId(task))?.task;
  const state = taskAt(run.state, task);
  if (place === undefined || state === undefined) {
    return { code: 'task.unknown', message: `the run has no task ${task}` };
  }
  if (place.type !== 'HUMAN') {
    return { code: 'approval.not-asked', message: `${task} is a ${place.type} task and asks nobody` };
  }
  if (state.state !== 'pending_approval') return notPending(task, statusOf(state.state), state.output);
  if (!isPartOfRun(run, task)) {
    return { code: 'approval.settled', message: `what ${task} is part of was given up` };
  }
  const names = place.approvers?.names ?? [];
  if (names.length === 0 || names.includes(by)) return undefined;

  return notNamed(by, task, names);
}

function notPending(task: string, status: string, output: unknown): Refusal {
  if (status === 'PENDING') return { code: 'approval.not-yet', message: `${task} has not been reached yet` };
  const answer = JSON.stringify(output ?? null);

  return { code: 'approval.settled', message: `${task} is ${status} already: ${answer}` };
}

function answerOf({ task, by, comment, data }: Approve | Reject) {
  return { task, by, ...(comment === undefined ? {} : { comment }), ...(data === undefined ? {} : { data }) };
}
