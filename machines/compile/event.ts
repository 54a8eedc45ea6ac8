import { attemptedRegion } from './attempted.ts';
import type { Region } from './config.ts';
import type { Place } from './plan.ts';

/** An event for the outside: the task completes when the broker has it. */
export function eventRegion(place: Place): Region {
  return attemptedRegion(place);
}
