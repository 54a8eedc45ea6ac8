import type { TaskList, TaskSite } from '../outline.ts';

type Sites = ReadonlyMap<string, TaskSite>;

/** The lists around a list, itself first, as far as their tasks stand beside each other when they are carried out. */
export function listsBeside(list: TaskList, sites: Sites): readonly TaskList[] {
  const around: TaskList[] = [];
  let next: TaskList | undefined = list;
  while (next !== undefined && !around.includes(next)) {
    around.push(next);
    // The tasks of a branch stand beside the FORK; a body runs once for every item or iteration.
    next = next.kind === 'branch' ? sites.get(next.container ?? '')?.list : undefined;
  }

  return around;
}

/** The FORKs in whose branches a task stands, the innermost first. */
export function forksAround({ list }: TaskSite, sites: Sites): readonly TaskSite[] {
  return listsBeside(list, sites).flatMap(({ kind, container }) => {
    const fork = kind === 'branch' ? sites.get(container ?? '') : undefined;
    return fork === undefined ? [] : [fork];
  });
}

/** The task in `list`, or beside it, that another task is somewhere inside of. */
export function holderIn(list: TaskList, inner: TaskSite, sites: Sites): TaskSite | undefined {
  const seen = new Set<TaskList>();
  let at: TaskSite | undefined = inner;
  while (at !== undefined && !seen.has(at.list)) {
    if (at.list === list) return at === inner ? undefined : at;
    seen.add(at.list);
    at = sites.get(at.list.container ?? '');
  }

  return undefined;
}
