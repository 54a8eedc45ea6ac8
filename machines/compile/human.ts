import type { HumanTask } from '../task.ts';
import type { ConfigPart, Region } from './config.ts';
import { ended, type Patch } from './patches.ts';
import type { Place } from './plan.ts';
import { change, enter, type Guard, regionOf, settledState, sinking } from './region.ts';
import type { Grant } from './run-state.ts';

/**
 * A wait for people: the task completes when as many as the quorum agreed, and is settled by the first who refuses.
 * Without `wait_for_approval` it only tells them, and completes at once.
 */
export function humanRegion(place: Place & { readonly task: HumanTask }): Region {
  const { task } = place;
  if (!task.waitForApproval)
    return regionOf(place, 'completed', { completed: settledState('completed', ended) });

  return regionOf(place, 'pending_approval', {
    pending_approval: {
      entry: enter('pending_approval', (state, { time }) => ({ ...state, attempt: 1, scheduledAt: time })),
      on: {
        [`approval.granted.${task.id}`]: [
          { guard: quorumReached(task), target: 'approved' },
          { actions: change(granted) },
        ],
        [`approval.denied.${task.id}`]: { target: onReject(place) },
        [`timer.fired.approval.timeout.${task.id}`]: onTimeout(place),
      },
    },
    approved: settledState('approved', answered('approved')),
    ...(task.onReject === 'continue' ? { rejected: settledState('rejected', answered('rejected')) } : {}),
  });
}

function onReject(place: Place & { readonly task: HumanTask }): string {
  return place.task.onReject === 'continue' ? 'rejected' : sinking(place, 'failed');
}

function onTimeout(place: Place & { readonly task: HumanTask }): ConfigPart {
  const policy: HumanTask['onTimeout'] = place.task.onTimeout;
  switch (policy) {
    case 'fail':
      return { target: sinking(place, 'timed_out') };
    case 'approve':
      return { target: 'approved' };
    case 'reject':
      return { target: onReject(place) };
    case 'escalate':
      return { actions: change((task, { time }) => ({ ...task, escalatedAt: time })) };
  }
}

const quorumReached =
  (task: HumanTask): Guard =>
  ({ context }) =>
    (context.task.grants?.length ?? 0) + 1 >= task.quorum;

const granted: Patch = (task, { fact, time }) => {
  if (fact.type !== 'approval.granted') return task;
  const { by, comment, data } = fact.data;
  const grant: Grant = {
    by,
    at: time,
    ...(comment === undefined ? {} : { comment }),
    ...(data === undefined ? {} : { data }),
  };

  return { ...task, grants: [...(task.grants ?? []), grant] };
};

function answered(decision: 'approved' | 'rejected'): Patch {
  return (task, event, run) => {
    const { fact } = event;
    const said = fact.type === 'approval.granted' || fact.type === 'approval.denied' ? fact.data : undefined;
    const output = {
      decision,
      by: said?.by ?? 'timeout',
      comment: said?.comment ?? null,
      data: said?.data ?? null,
    };

    return { ...granted(task, event, run), endedAt: event.time, output };
  };
}
