import { ended } from './patches.ts';
import type { Place } from './plan.ts';
import { type Region, regionOf, settledState, sunkStates } from './region.ts';

/** Completes at once. It can only fail where its condition cannot be evaluated. */
export function noopRegion(place: Place): Region {
  return regionOf(place, 'completed', {
    completed: settledState('completed', ended),
    ...(place.task.when === undefined ? {} : sunkStates(place, ['failed'])),
  });
}
