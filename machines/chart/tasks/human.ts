import type { HumanTask } from '../../task.ts';
import { type ConfigPart, change, ended, enter, newAttempt, type Region } from '../patches.ts';
import type { TaskPlace } from '../plan.ts';
import { regionOf } from '../region.ts';
import type { Guard, Patch } from '../region-event.ts';
import { type Delegation, type Grant, whoAnswered } from './approval-state.ts';
import { sinks } from './final-failure.ts';
import { doneState, doneStates, shapedEnds, targetOfEnd } from './output-mapping.ts';

/**
 * A wait for people: the task completes when as many as the quorum agreed, and is settled by the first who refuses.
 * Without `wait_for_approval` it only tells them, and completes at once.
 */
export function humanRegion(place: TaskPlace & { readonly task: HumanTask }): Region {
  const { task } = place;
  if (!task.waitForApproval) return regionOf(place, doneState(place), doneStates(place, ended));

  return regionOf(place, 'pending_approval', {
    pending_approval: {
      entry: enter('pending_approval', newAttempt),
      on: {
        [`approval.granted.${task.id}`]: [
          { guard: quorumReached(task), target: targetOfEnd(place, 'approved') },
          { actions: change(granted) },
        ],
        [`approval.denied.${task.id}`]: onReject(place),
        [`approval.delegated.${task.id}`]: { actions: change(delegated) },
        [`timer.fired.approval.timeout.${task.id}`]: onTimeout(place),
        ...(task.escalate === undefined
          ? {}
          : { [`timer.fired.approval.escalation.${task.id}`]: { actions: change(escalated) } }),
        ...(task.remind === undefined
          ? {}
          : { [`timer.fired.approval.reminder.${task.id}`]: { actions: change(reminded) } }),
      },
    },
    ...shapedEnds(place, answered(task), [
      { guard: said('approved'), target: 'approved' },
      ...(task.onReject === 'continue' ? [{ guard: said('rejected'), target: 'rejected' }] : []),
    ]),
  });
}

function onReject(place: TaskPlace & { readonly task: HumanTask }): readonly ConfigPart[] {
  return place.task.onReject === 'continue'
    ? [{ target: targetOfEnd(place, 'rejected') }]
    : sinks(place, 'failed');
}

function onTimeout(place: TaskPlace & { readonly task: HumanTask }): readonly ConfigPart[] {
  const policy: HumanTask['onTimeout'] = place.task.onTimeout;
  switch (policy) {
    case 'fail':
      return sinks(place, 'timed_out');
    case 'approve':
      return [{ target: targetOfEnd(place, 'approved') }];
    case 'reject':
      return onReject(place);
    case 'escalate':
      return [{ actions: change((task, { time }) => ({ ...task, escalatedAt: time })) }];
  }
}

/** What the answer was, once the result of the task holds it. */
const said =
  (decision: 'approved' | 'rejected'): Guard =>
  ({ context }) =>
    context.task.answer === decision;

const quorumReached =
  (task: HumanTask): Guard =>
  ({ context }) =>
    (context.task.grants?.length ?? 0) + 1 >= task.quorum;

const escalated: Patch = (task, { time }) => ({
  ...task,
  escalatedAt: time,
  escalation: { stage: (task.escalation?.stage ?? 0) + 1, at: time },
});

const reminded: Patch = (task, { time }) => ({
  ...task,
  reminders: { count: (task.reminders?.count ?? 0) + 1, at: time },
});

const granted: Patch = (task, { fact, time }) => {
  if (fact.type !== 'approval.granted') return task;
  const { by, inPlaceOf, comment, data } = fact.data;
  const grant: Grant = {
    by,
    ...(inPlaceOf === undefined ? {} : { inPlaceOf }),
    at: time,
    ...(comment === undefined ? {} : { comment }),
    ...(data === undefined ? {} : { data }),
  };

  return { ...task, grants: [...(task.grants ?? []), grant] };
};

const denied: Patch = (task, { fact }) =>
  fact.type === 'approval.denied'
    ? { ...task, deniedBy: [...(task.deniedBy ?? []), ...whoAnswered(fact.data)] }
    : task;

const delegated: Patch = (task, { fact, time }) => {
  if (fact.type !== 'approval.delegated') return task;
  const { by, to, reason } = fact.data;
  const delegation: Delegation = { by, to, at: time, ...(reason === undefined ? {} : { reason }) };

  return { ...task, delegations: [...(task.delegations ?? []), delegation] };
};

/** A time-out answers as the definition says. */
function answered({ onTimeout }: HumanTask): Patch {
  return (task, event) => {
    const { fact } = event;
    const person =
      fact.type === 'approval.granted' || fact.type === 'approval.denied' ? fact.data : undefined;
    const agreed = person === undefined ? onTimeout === 'approve' : fact.type === 'approval.granted';
    const answer = agreed ? 'approved' : 'rejected';
    const output = {
      decision: answer,
      by: person?.by ?? 'timeout',
      comment: person?.comment ?? null,
      data: person?.data ?? null,
    };

    return { ...denied(granted(task, event), event), endedAt: event.time, answer, output };
  };
}
