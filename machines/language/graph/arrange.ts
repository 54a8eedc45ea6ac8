import type { Finding } from '../finding.ts';
import type { ParsedList, ParsedTask } from '../outline.ts';
import { impliedDependencies, impliedTasks, standbys } from './implied-dependencies.ts';

type Report = (...findings: readonly Finding[]) => void;

/** What a task's place in its list adds to what the task itself says. */
export type Arrangement = {
  /** Dependencies of a task, those it takes over included. */
  readonly dependsOn: (task: ParsedTask) => readonly string[];
  /** The tasks that start together with those a decision names. */
  readonly alongside: (next: readonly string[]) => readonly string[];
  /** Tasks that are named by a decision and listed nowhere. */
  readonly implied: readonly string[];
};

/**
 * Works out what the tasks of one list mean for each other: the order of a branch, `parallel_with`, and tasks that
 * are only named.
 */
export function arrange(list: ParsedList, allIds: ReadonlySet<string>, report: Report): Arrangement {
  const byId = new Map<string, ParsedTask>();
  for (const task of list.tasks) if (!byId.has(task.text.value.id)) byId.set(task.text.value.id, task);
  const previous = previousInSequence(list);
  const read = impliedDependencies(list, report);
  const onCycle = new Set<ParsedTask>();

  return {
    dependsOn: (task) => {
      const { partners, cycle } = partnersOf(task, byId);
      // A cycle is reported by the first of its tasks only.
      if (cycle.length > 0 && !onCycle.has(task)) report(parallelCycle(cycle, task));
      for (const each of cycle) onCycle.add(each);
      const all = [task, ...partners].flatMap((each) => [
        ...ownDependencies(each, previous.get(each)),
        ...(read.get(each) ?? []),
      ]);

      return [...new Set(all)];
    },
    alongside: (next) => startedAlongside(list, next),
    implied: impliedTasks(list, allIds, report),
  };
}

/**
 * The tasks of a branch, and the steps of a failure workflow, come one after another unless they say otherwise. Those
 * that only stand in for others, or undo them, are no part of the sequence.
 */
function previousInSequence(list: ParsedList): ReadonlyMap<ParsedTask, string> {
  const previous = new Map<ParsedTask, string>();
  if (list.kind !== 'branch' && list.kind !== 'steps') return previous;
  const aside = new Set(list.tasks.flatMap(standbys));
  const sequence = list.tasks.filter((task) => !aside.has(task.text.value.id));
  sequence.forEach((task, index) => {
    const before = sequence[index - 1];
    if (before !== undefined) previous.set(task, before.text.value.id);
  });

  return previous;
}

function ownDependencies({ text }: ParsedTask, previous: string | undefined): readonly string[] {
  const written = [
    ...(text.value.depends_on ?? []),
    ...(text.kind === 'JOIN' ? (text.value.join_on ?? []) : []),
  ];
  if (written.length > 0 || text.value.parallel_with !== undefined) return written;

  return previous === undefined ? [] : [previous];
}

function parallelWith({ text }: ParsedTask): readonly string[] {
  return text.value.parallel_with ?? [];
}

/** Every task that this one runs parallel with, over others too; and the way back to it, when there is one. */
function partnersOf(
  task: ParsedTask,
  byId: ReadonlyMap<string, ParsedTask>,
): { readonly partners: readonly ParsedTask[]; readonly cycle: readonly ParsedTask[] } {
  const reachedFrom = new Map<ParsedTask, ParsedTask>();
  const open = [task];
  for (let from = open.pop(); from !== undefined; from = open.pop()) {
    for (const id of parallelWith(from)) {
      const partner = byId.get(id);
      if (partner === undefined || reachedFrom.has(partner)) continue;
      reachedFrom.set(partner, from);
      open.push(partner);
    }
  }
  const cycle: ParsedTask[] = [];
  for (let at = reachedFrom.get(task); at !== undefined; at = at === task ? undefined : reachedFrom.get(at)) {
    cycle.unshift(at);
  }

  return { partners: [...reachedFrom.keys()].filter((each) => each !== task), cycle };
}

function parallelCycle(cycle: readonly ParsedTask[], task: ParsedTask): Finding {
  const names = [...cycle, task].map((each) => each.text.value.id).join(' -> ');

  return {
    code: 'definition.cycle',
    message: `parallel_with goes round in a circle: ${names}`,
    path: [...task.path, 'parallel_with'],
  };
}

/** A task parallel with one that a decision starts is started by that decision too. */
function startedAlongside(list: ParsedList, next: readonly string[]): readonly string[] {
  const started = new Set(next);
  const parallel = list.tasks.filter((task) => task.text.value.parallel_with !== undefined);
  for (let before = -1; before !== started.size; ) {
    before = started.size;
    for (const task of parallel) {
      if (parallelWith(task).some((id) => started.has(id))) started.add(task.text.value.id);
    }
  }

  return [...started];
}
