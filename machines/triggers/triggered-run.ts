import { sha256Hex } from '../hash.ts';

/**
 * The id of the run that a trigger starts. It follows from what the run is for, so that a crash between deciding and
 * starting, an event that comes twice, or two engines at once start it once. The version of the definition is no part
 * of it: what an older version has begun, a newer one does not begin again.
 */
export function triggeredRun(definition: string, trigger: string, key: string): string {
  return `t${sha256Hex(JSON.stringify([definition, trigger, key])).slice(0, 25)}`;
}

/** Whether the id is of a run that a trigger started, or of a part of one. The ids of other runs begin with a digit. */
export function isTriggeredRun(run: string): boolean {
  return /^t[0-9a-f]{25}$/.test(run);
}
