import type { TriggerRef } from '../../events/run-events.ts';
import type { Trigger } from '../../machines/definition.ts';
import type { ScheduleState } from '../../machines/triggers/plan-schedule.ts';
import type { TriggerRow } from '../api/people.ts';
import type { ScheduleView, TriggerView } from '../ports/events/trigger-admin.ts';

/** What started a run by itself, in words: `event lead.found (id 7 from /crm)`. */
export function triggerText({ kind, id, event, tick, file }: TriggerRef): string {
  switch (kind) {
    case 'event':
      return event === undefined ? `trigger ${id}` : eventText(event, id);
    case 'cron':
      return `schedule ${id}${tick === undefined ? '' : `, tick ${tick}`}`;
    case 'file':
      return file === undefined ? `trigger ${id}` : `file ${file}, trigger ${id}`;
  }
}

function eventText({ type, id, source }: NonNullable<TriggerRef['event']>, trigger: string): string {
  return `event ${type} (id ${id} from ${source})${type === trigger ? '' : `, trigger ${trigger}`}`;
}

/** A trigger as a row of a list; `schedule` is the same trigger as a schedule, where it is one. */
export function triggerRow(view: TriggerView, schedule: ScheduleView | undefined): TriggerRow {
  const { definition, id, trigger, paused, flooded, held } = view;
  const { id: _id, kind: type, ...rule } = trigger;

  return {
    definition: { id: definition.id, version: definition.version },
    trigger: id,
    type,
    on: startsOn(trigger),
    rule: { ...rule },
    paused,
    flooded,
    held,
    next: [...(schedule?.next ?? [])],
    schedule: schedule?.state && progressOf(schedule.state),
  };
}

function progressOf({ decidedUntil, last, firing, waiting, counts }: ScheduleState): TriggerRow['schedule'] {
  return { decidedUntil, last, firing, waiting, counts };
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
