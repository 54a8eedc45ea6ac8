import type { Finding } from './finding.ts';
import { impliedTasks } from './implied-tasks.ts';
import type { ParsedList, ParsedTask } from './outline.ts';

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
  const resolved = new Map<ParsedTask, readonly string[]>();

  const dependsOn = (task: ParsedTask, trail: readonly ParsedTask[] = []): readonly string[] => {
    const known = resolved.get(task);
    if (known !== undefined) return known;
    if (trail.includes(task)) {
      report(parallelCycle(trail, task));
      return [];
    }
    const taken = parallelWith(task).flatMap((id) => {
      const partner = byId.get(id);
      return partner === undefined ? [] : dependsOn(partner, [...trail, task]);
    });
    const all = [...new Set([...ownDependencies(task, previous.get(task)), ...taken])];
    if (!resolved.has(task)) resolved.set(task, all);

    return all;
  };

  return {
    dependsOn,
    alongside: (next) => startedAlongside(list, next),
    implied: impliedTasks(list, allIds, report),
  };
}

/** The tasks of a branch, and the steps of a failure workflow, come one after another unless they say otherwise. */
function previousInSequence(list: ParsedList): ReadonlyMap<ParsedTask, string> {
  const previous = new Map<ParsedTask, string>();
  if (list.kind !== 'branch' && list.kind !== 'steps') return previous;
  list.tasks.forEach((task, index) => {
    const before = list.tasks[index - 1];
    if (before !== undefined) previous.set(task, before.text.value.id);
  });

  return previous;
}

function ownDependencies({ text }: ParsedTask, previous: string | undefined): readonly string[] {
  const written = [...(text.value.depends_on ?? []), ...(text.kind === 'JOIN' ? (text.value.join_on ?? []) : [])];
  if (written.length > 0 || text.value.parallel_with !== undefined) return written;

  return previous === undefined ? [] : [previous];
}

function parallelWith({ text }: ParsedTask): readonly string[] {
  return text.value.parallel_with ?? [];
}

function parallelCycle(trail: readonly ParsedTask[], task: ParsedTask): Finding {
  const cycle = [...trail.slice(trail.indexOf(task)), task].map((each) => each.text.value.id);

  return {
    code: 'definition.cycle',
    message: `parallel_with goes round in a circle: ${cycle.join(' -> ')}`,
    path: [...task.path, 'parallel_with'],
  };
}

/** A task parallel with one that a decision starts is started by that decision too. */
function startedAlongside(list: ParsedList, next: readonly string[]): readonly string[] {
  const started = new Set(next);
  for (let before = -1; before !== started.size; ) {
    before = started.size;
    for (const task of list.tasks) {
      if (parallelWith(task).some((id) => started.has(id))) started.add(task.text.value.id);
    }
  }

  return [...started];
}
