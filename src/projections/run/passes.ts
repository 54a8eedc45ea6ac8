import type { Item, TaskState } from '../../../machines/chart/run/run-state.ts';
import { isOpenBody } from '../../../machines/chart/task-status.ts';
import { itemsOf } from '../../../machines/chart/tasks/body.ts';
import { underWay } from '../../../machines/chart/tasks/do-while.ts';

/** How far a FORK over a list, or a loop, has come. `total` is absent where nobody knows it beforehand. */
export type PassCounts = {
  readonly total?: number;
  readonly completed: number;
  readonly failed: number;
  readonly running: number;
};

export function passCounts(task: TaskState): PassCounts | undefined {
  const { body } = task;
  if (body === undefined) return undefined;
  const { completed, failed, count } = body;

  return {
    ...(count === undefined ? {} : { total: count }),
    completed,
    failed,
    running: isOpenBody(task) ? underWay(body) : 0,
  };
}

/** `42/100 done, 3 failed, 8 running`. */
export function passesText({ total, completed, failed, running }: PassCounts): string {
  return [
    `${completed}${total === undefined ? '' : `/${total}`} done`,
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(running === 0 ? [] : [`${running} running`]),
  ].join(', ');
}

export type ShownPass = { readonly index: number; readonly item: Item };

/**
 * At most `max` passes that are worth a look, in order: those under way, and those that failed, which get half of the
 * room where there are many of both.
 */
export function tellingPasses(task: TaskState, max: number): readonly ShownPass[] {
  if (task.body === undefined || max < 1) return [];
  const passes = [...itemsOf(task.body)].map(([index, item]) => ({ index, item }));
  const open = isOpenBody(task) ? passes.filter(({ item }) => item.state === 'open') : [];
  const failed = passes.filter(({ item }) => item.state === 'failed');
  const failedMax = Math.max(Math.ceil(max / 2), max - open.length);
  const shownFailed = failed.slice(0, failedMax);

  return [...shownFailed, ...open.slice(0, max - shownFailed.length)].sort((a, b) => a.index - b.index);
}
