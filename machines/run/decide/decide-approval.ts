import type { Json } from '../../../events/canonical-json.ts';
import {
  ApprovalChangeRequested,
  ApprovalDelegated,
  ApprovalDenied,
  ApprovalGranted,
} from '../../../events/task-events.ts';
import {
  askedNow,
  excludedFrom,
  mayBeAsked,
  namesAsked,
  notNamed,
  refusedAsExcluded,
} from '../../agents/authority.ts';
import { isReservedName } from '../../agents/declared-agent.ts';
import { againFor, takesChange } from '../../chart/continuation.ts';
import type { TaskState } from '../../chart/run/run-state.ts';
import { localId, taskAt } from '../../chart/task-at.ts';
import { isSettled, statusOf } from '../../chart/task-status.ts';
import { whoAnswered } from '../../chart/tasks/approval-state.ts';
import { isTooDeep, valueDepthMax } from '../../expressions/evaluate/json-size.ts';
import { checkForm } from '../../language/check-input.ts';
import { defined } from '../../language/defined.ts';
import { reasonOf } from '../reason-of.ts';
import { isPartOfRun, type Run } from '../run.ts';
import type { Command, Refusal } from './command.ts';
import { accept, type Decision, refuse } from './decision.ts';

type Approve = Extract<Command, { kind: 'approve' }>;
type Reject = Extract<Command, { kind: 'reject' }>;
type Change = Extract<Command, { kind: 'requestChange' }>;
type Delegate = Extract<Command, { kind: 'delegateApproval' }>;

/** How often one approval may be handed on: two people could go on for ever. */
const delegationsMax = 50;
/** How much of the answer before is told to somebody who comes too late. */
const answerLengthMax = 300;

export function approve(run: Run, command: Approve): Decision {
  const refusal = notAsked(run, command);
  if (refusal !== undefined) return { ok: false, refusal };
  const given = new Set(taskAt(run.state, command.task)?.grants?.flatMap(whoAnswered));
  const again = whoAnswered(command).find((name) => given.has(name));
  if (again !== undefined)
    return refuse('approval.already-given', `${again} has approved ${command.task} already`);
  const filled = filledIn(run, command);
  if (!filled.ok) return refuse('input.form', `the form of ${command.task}: ${filled.problems.join('; ')}`);

  return accept(ApprovalGranted.of(answerOf({ ...command, data: filled.data })));
}

/** A link answers once, whatever it said: at another time its person may change their mind by hand. */
function usedLink(run: Run, { task, by, via }: Reject | Change): Refusal | undefined {
  const isUsed = via === 'link' && taskAt(run.state, task)?.grants?.flatMap(whoAnswered).includes(by);

  return isUsed === true
    ? { code: 'approval.already-given', message: `${by} has approved ${task} already` }
    : undefined;
}

export function reject(run: Run, command: Reject): Decision {
  const refusal = notAsked(run, command) ?? usedLink(run, command);
  if (refusal !== undefined) return { ok: false, refusal };

  return accept(ApprovalDenied.of(answerOf(command)));
}

/** What the answer depends on is done again, as the comment says, and the question is asked anew. */
export function requestChange(run: Run, command: Change): Decision {
  const refusal = notAsked(run, command) ?? usedLink(run, command);
  if (refusal !== undefined) return { ok: false, refusal };
  const { task, by, inPlaceOf, via, comment } = command;
  const { chart, state } = run;
  const human = chart.plan.get(localId(task))?.task;
  const onChange = human?.type === 'HUMAN' ? human.onChange : undefined;
  if (onChange === undefined || !takesChange(chart, state, task))
    return refuse('approval.no-change', `${task} can be approved or rejected: it has no on_change`);
  if (comment.trim() === '')
    return refuse('input.comment', `say in the comment what is to be changed before ${task} is decided`);
  const round = (taskAt(state, task)?.changes?.length ?? 0) + 1;
  if (round > onChange.max) {
    const message = `${onChange.max} changes were asked for already, the most that on_change of ${task} allows: approve or reject it`;
    return refuse('approval.no-more-changes', message);
  }
  const prefix = task.slice(0, task.length - localId(task).length);
  const busy = [...againFor(chart, task)].find((id) => isBusy(taskAt(state, `${prefix}${id}`)));
  if (busy !== undefined) {
    const message = `${prefix}${busy} follows from ${onChange.task} and is still under way: ask again when it is done`;
    return refuse('approval.change-too-early', message);
  }

  return accept(
    ApprovalChangeRequested.of({
      ...defined({ task, by, inPlaceOf, via, comment, round }),
      from: `${prefix}${onChange.task}`,
    }),
  );
}

/** What was given to somebody, or waits for something, cannot be done again before that is over. */
function isBusy(task: TaskState | undefined): boolean {
  return (
    task !== undefined &&
    !isSettled(task) &&
    task.state !== 'waiting' &&
    task.state !== 'standby' &&
    task.state !== 'pending_approval'
  );
}

/** Whoever could answer may have somebody else answer. */
export function delegateApproval(run: Run, command: Delegate): Decision {
  const refusal = notAsked(run, command);
  if (refusal !== undefined) return { ok: false, refusal };
  const { task, by, to, reason } = command;
  const human = run.chart.plan.get(localId(task))?.task;
  const state = taskAt(run.state, task);
  if (human?.type !== 'HUMAN' || state === undefined)
    return refuse('task.unknown', `the run has no task ${task}`);
  const { grants = [], delegations = [] } = state;
  const asked = askedNow(human, state, excludedFrom(run.state, task, human));
  const given = new Set(grants.flatMap(whoAnswered));
  if (given.has(by)) {
    return refuse(
      'approval.already-given',
      `${by} has approved ${task} already and has nothing to hand over`,
    );
  }
  const bad =
    (to === by ? 'nobody hands it to themselves' : undefined) ??
    (to === '' || isReservedName(to) ? 'nobody has this name' : undefined) ??
    (namesAsked(asked).includes(to) ? `${to} may answer it already` : undefined) ??
    refusedAsExcluded(asked, to, task)?.message ??
    (given.has(to) ? `${to} has approved it already` : undefined) ??
    (delegations.length >= delegationsMax ? `it was handed on ${delegationsMax} times` : undefined);
  if (bad !== undefined)
    return refuse('approval.bad-delegate', `${task} cannot be handed to ${JSON.stringify(to)}: ${bad}`);

  return accept(ApprovalDelegated.of({ task, by, to, ...reasonOf({ reason }) }));
}

type Filled =
  | { readonly ok: true; readonly data: Json | undefined }
  | { readonly ok: false; readonly problems: readonly string[] };

/** What was brought along, with the defaults of the form. */
function filledIn(run: Run, { task, data }: Approve): Filled {
  const place = run.chart.plan.get(localId(task))?.task;
  if (place?.type !== 'HUMAN' || place.form === undefined) return { ok: true, data };
  if (data !== undefined && isTooDeep(data))
    return { ok: false, problems: [`it is nested deeper than ${valueDepthMax} levels`] };
  const checked = checkForm(place.form, data ?? {});
  const isEmpty = checked.ok && data === undefined && Object.keys(checked.data).length === 0;

  return isEmpty ? { ok: true, data } : checked;
}

function notAsked(run: Run, command: Approve | Reject | Change | Delegate): Refusal | undefined {
  const { task, by } = command;
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
  if (isAskedAnew(command, state))
    return {
      code: 'approval.settled',
      message: `${task} is asked anew since: this answers what was asked before`,
    };
  const asked = askedNow(place, state, excludedFrom(run.state, task, place));
  // Nobody gets round four eyes by answering in place of somebody, or by having somebody answer.
  const people = command.kind === 'delegateApproval' ? [by] : whoAnswered(command);
  const excluded = people.map((name) => refusedAsExcluded(asked, name, task)).find(isRefusal);
  if (excluded !== undefined) return excluded;
  const meant = people.at(-1) ?? by;
  if (mayBeAsked(asked, meant)) return undefined;

  return notNamed(meant, task, namesAsked(asked));
}

function notPending(task: string, status: string, output: unknown): Refusal {
  if (status === 'PENDING') return { code: 'approval.not-yet', message: `${task} has not been reached yet` };
  const text = JSON.stringify(output ?? null);
  const answer = text.length > answerLengthMax ? `${text.slice(0, answerLengthMax)}...` : text;

  return { code: 'approval.settled', message: `${task} is ${status} already: ${answer}` };
}

function isAskedAnew(command: Approve | Reject | Change | Delegate, { scheduledAt }: TaskState): boolean {
  return 'askedSince' in command && command.askedSince !== undefined && command.askedSince !== scheduledAt;
}

function isRefusal(found: Refusal | undefined): found is Refusal {
  return found !== undefined;
}

function answerOf({ task, by, inPlaceOf, via, comment, data }: Approve | Reject) {
  return defined({ task, by, inPlaceOf, via, comment, data });
}
