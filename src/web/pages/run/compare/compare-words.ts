import type { ComparedTask, RunComparison, WayPoint } from '../../../../api/run-compare.ts';
import { statusLook } from '../../../parts/status/status-look.ts';
import { durationText } from '../../../time/format.ts';

/** The page that holds one run against another. */
export function comparePath(run: string, other: string): string {
  return `/runs/${encodeURIComponent(run)}/compare/${encodeURIComponent(other)}`;
}

/** How much longer the other one took: `+4.2s`, `-1m10s`, `same`; a dash where that is not known. */
export function differenceText(differenceMs: number | undefined): string {
  if (differenceMs === undefined) return '-';
  if (Math.abs(differenceMs) < 1) return 'same';

  return `${differenceMs > 0 ? '+' : '-'}${durationText(Math.abs(differenceMs))}`;
}

/** That two runs whose ways do not part went the same way, in a sentence. */
export function wayText({ way, one, other }: RunComparison): string {
  if (way === 'same') return 'Both went the same way: each task went through the same states.';
  const open = [one, other].filter(({ endedAt }) => endedAt === undefined).map(({ shortId }) => shortId);

  return `Both went the same way so far; ${open.join(' and ')} ${open.length > 1 ? 'have' : 'has'} not ended.`;
}

/** What a run did where the ways part. */
export function pointText(point: WayPoint | undefined): string {
  if (point === undefined) return 'did not come to this';
  const { word } = statusLook(point.status);

  return point.note === '' ? word : `${word}: ${point.note}`;
}

/** The tasks as they stand in their definition; with `onlyDifferent`, only those that differ. */
export function comparedTasks(
  tasks: readonly ComparedTask[],
  onlyDifferent: boolean,
): readonly ComparedTask[] {
  return onlyDifferent ? tasks.filter(({ isDifferent }) => isDifferent) : tasks;
}
