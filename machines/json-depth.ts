import type { Json } from '../events/canonical-json.ts';

/** How deep a value of a fact may be nested. What is deeper could be written but not be read again. */
export const valueDepthMax = 64;

/** Whether the value is nested deeper than that. */
export function isTooDeep(value: Json, left: number = valueDepthMax): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (left === 0) return true;

  return Object.values(value).some((member: Json) => isTooDeep(member, left - 1));
}
