import type { FailureGroup } from '../../../api/insights.ts';

/** Which groups are shown that are folded away else. `group` is the key of one that is shown in any case. */
type Folds = { readonly acknowledged: boolean; readonly muted: boolean; readonly group: string };

/** Whether it is muted at that moment (ms since 1970): the server said so a while ago. */
function isMuted({ muted }: FailureGroup, nowMs: number): boolean {
  return muted !== undefined && nowMs < Date.parse(muted.until);
}

export function isShown(group: FailureGroup, folds: Folds, nowMs: number): boolean {
  if (group.key === folds.group) return true;
  if (isMuted(group, nowMs)) return folds.muted;

  return group.acknowledged === undefined || folds.acknowledged;
}

/** How many are folded away, or would be: one that is muted counts as muted alone. */
export function foldCounts(
  groups: readonly FailureGroup[],
  nowMs: number,
): { readonly acknowledged: number; readonly muted: number } {
  const muted = groups.filter((group) => isMuted(group, nowMs));
  const acknowledged = groups.filter((group) => group.acknowledged !== undefined && !isMuted(group, nowMs));

  return { acknowledged: acknowledged.length, muted: muted.length };
}

/** A moment as a field for local dates and times has it: `2026-11-23T09:30`. */
export function localField(ms: number): string {
  const minutesEast = -new Date(ms).getTimezoneOffset();

  return new Date(ms + minutesEast * 60_000).toISOString().slice(0, 16);
}
