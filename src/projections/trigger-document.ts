import type { TriggerRef } from '../../events/run-events.ts';
import type { Trigger } from '../../machines/definition.ts';
import type { TriggerRow } from '../api/people.ts';
import type { ScheduleView, TriggerView } from '../ports/events/trigger-admin.ts';

type Document = Readonly<Record<string, unknown>>;

/** A trigger as `--json` shows it. Adding keys is fine, changing them is not: programs rely on them. */
export function triggerDocument({ id, definition, trigger, paused }: TriggerView): Document {
  // `kind` is what kind of document it is.
  const { id: _id, kind: type, ...rest } = trigger;

  return { trigger: id, definition, type, ...rest, paused };
}

/** A schedule as `--json` shows it. */
export function scheduleDocument(view: ScheduleView): Document {
  const { state, next } = view;
  const { last, waiting = [], counts, firing, decidedUntil } = state ?? {};

  return { ...triggerDocument(view), decidedUntil, last, firing, waiting, counts, next };
}

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
