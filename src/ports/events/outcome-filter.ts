import type { EventOutcome } from '../../../events/event-outcome.ts';
import type { OutcomeFilter } from './event-outcomes.ts';

/** Whether the outcome is among those that were asked for. */
export function isWanted(outcome: EventOutcome, { status, type, sinceMs }: OutcomeFilter): boolean {
  return (
    (status === undefined || outcome.status === status) &&
    (type === undefined || outcome.type === type) &&
    (sinceMs === undefined || Date.parse(outcome.at) >= sinceMs)
  );
}
