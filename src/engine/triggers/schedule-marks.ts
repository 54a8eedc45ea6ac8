import { ScheduleState } from '../../../machines/triggers/plan-schedule.ts';
import type { MarkStore } from '../../ports/mark-store.ts';
import { createMarks, type Marks } from '../marks.ts';

/** What the keys of all marks about schedules begin with. */
export const scheduleMarks = 'schedule';

/** The key of the mark that says how far a schedule has come. */
export function scheduleKey(definition: string, trigger: string): string {
  return `${scheduleMarks}/${definition}/${trigger}`;
}

/** How far schedules have come. One whose mark cannot be read begins anew. */
export function createScheduleMarks(store: MarkStore): Marks<ScheduleState> {
  return createMarks(store, ScheduleState);
}
