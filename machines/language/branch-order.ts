import type { Task } from '../task.ts';
import { standbys } from './implied-dependencies.ts';
import type { ParsedList } from './outline.ts';

/**
 * The tasks of a branch in the order of its sequence. A task that only stands in for others comes right before the
 * last of these: no task in between then follows it, and the branch does not end with it. Those that undo come first.
 */
export function inBranchOrder({ kind, tasks }: ParsedList, all: readonly Task[]): readonly Task[] {
  const namedBy = new Map<string, string>();
  for (const task of tasks) for (const id of standbys(task)) namedBy.set(id, task.text.value.id);
  if (kind !== 'branch' || namedBy.size === 0) return all;
  const undoing = new Set(all.flatMap(({ compensate }) => compensate ?? []));
  const ordered = new Set<Task>(all.filter(({ id }) => undoing.has(id)));

  const add = (task: Task, around: readonly string[]): void => {
    for (const each of all) {
      if (namedBy.get(each.id) === task.id && !around.includes(each.id)) add(each, [...around, each.id]);
    }
    ordered.add(task);
  };
  for (const task of all) if (!namedBy.has(task.id)) add(task, [task.id]);

  // Those that only name each other are reported as a cycle.
  return [...new Set([...ordered, ...all])];
}
