import type { Json } from '../../../events/canonical-json.ts';
import { ScheduleState } from '../../../machines/triggers/plan-schedule.ts';

/** What the keys of all marks about schedules begin with. */
export const scheduleMarks = 'schedule';

/** The key of the mark that says how far a schedule has come. */
export function scheduleKey(definition: string, trigger: string): string {
  return `${scheduleMarks}/${definition}/${trigger}`;
}

/** What the value of a mark says; undefined where it says nothing that can be read: the schedule begins anew then. */
export function scheduleIn(value: Json | undefined): ScheduleState | undefined {
  return ScheduleState.safeParse(value).data;
}

/** What is kept as the value of a mark. */
export function scheduleValue(state: ScheduleState): Json {
  return state as unknown as Json;
}
