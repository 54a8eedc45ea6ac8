import type { ScheduleView, TriggerView } from '../ports/events/triggers-desk.ts';

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
