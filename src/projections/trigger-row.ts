import type { Trigger } from '../../machines/definition.ts';
import type { TriggerRow } from '../api/people.ts';
import type { ScheduleView, TriggerView } from '../ports/events/trigger-admin.ts';

/** A trigger as a row of a list; `schedule` is the same trigger as a schedule, where it is one. */
export function triggerRow(view: TriggerView, schedule: ScheduleView | undefined): TriggerRow {
  const { definition, id, trigger, paused } = view;
  const state = schedule?.state;

  return {
    definition: { id: definition.id, version: definition.version },
    trigger: id,
    kind: trigger.kind,
    on: startsOn(trigger),
    paused,
    // What is paused is not due.
    next: paused === undefined ? [...(schedule?.next ?? [])] : [],
    last: lastOf(schedule),
    waiting: state?.waiting.length ?? 0,
  };
}

function lastOf(schedule: ScheduleView | undefined): TriggerRow['last'] {
  const last = schedule?.state?.last;
  if (last === undefined) return undefined;
  const { tick, run, why, refused } = last;
  if (refused !== undefined) return { at: tick, note: `not started, ${refused.code}: ${refused.message}` };

  return { at: tick, run, note: why };
}

function startsOn(trigger: Trigger): string {
  switch (trigger.kind) {
    case 'event':
      return trigger.when === undefined ? trigger.on : `${trigger.on} when ${trigger.when}`;
    case 'cron':
      return `${trigger.cron} ${trigger.timezone}`;
    case 'file':
      return trigger.glob;
  }
}
