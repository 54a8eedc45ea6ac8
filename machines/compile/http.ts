import { attemptedRegion } from './attempted.ts';
import type { Region } from './config.ts';
import type { Place } from './plan.ts';

/** A request to a web server: each attempt sends it once. */
export function httpRegion(place: Place): Region {
  return attemptedRegion(place);
}
