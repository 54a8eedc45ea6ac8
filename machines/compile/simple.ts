import { attemptedRegion } from './attempted.ts';
import type { Region } from './config.ts';
import type { Place } from './plan.ts';

/** Work that a command, an action or an agent carries out. */
export function simpleRegion(place: Place): Region {
  return attemptedRegion(place);
}
