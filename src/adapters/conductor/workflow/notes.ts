import type { ImportEntry } from '../../../ports/definition-import.ts';
import type { Emitted } from '../emitted.ts';
import type { WorkflowSource } from './build-context.ts';

/** The comments at the head of a definition: what it was, and what concerns no single task of it. */
export function headComments(
  { name, version }: WorkflowSource,
  entries: readonly ImportEntry[],
  emitted: readonly Emitted[],
  ids: ReadonlyMap<string, string>,
): readonly string[] {
  const written = new Set(emitted.flatMap(idsIn));
  const own = entries.filter(({ task }) => task === undefined || !written.has(ids.get(task) ?? task));
  const counts = [counted(entries, 'loss', 'losses'), counted(entries, 'warning', 'warnings')].filter(
    Boolean,
  );
  const summary =
    counts.length === 0
      ? 'Everything has an equivalent.'
      : `${counts.join(', ')}; each is said at its place.`;

  return [`Imported from the Conductor workflow "${name}", version ${version}. ${summary}`, ...notesOf(own)];
}

function counted(entries: readonly ImportEntry[], severity: 'loss' | 'warning', many: string): string {
  const count = entries.filter((entry) => entry.severity === severity).length;

  return count === 0 ? '' : `${count} ${count === 1 ? severity : many}`;
}

function idsIn({ id, nested }: Emitted): readonly string[] {
  const inner = nested === undefined ? [] : 'tasks' in nested ? nested.tasks : nested.branches.flat();

  return [id, ...inner.flatMap(idsIn)];
}

/** Each task with what is to be said of it as comments. */
export function annotated(
  tasks: readonly Emitted[],
  entries: readonly ImportEntry[],
  ids: ReadonlyMap<string, string>,
): readonly Emitted[] {
  return tasks.map((task) => {
    const { nested } = task;
    const own = entries.filter((entry) => entry.task !== undefined && ids.get(entry.task) === task.id);
    const inner = (list: readonly Emitted[]): readonly Emitted[] => annotated(list, entries, ids);
    return {
      ...task,
      comments: [...notesOf(own), ...task.comments],
      ...(nested === undefined
        ? {}
        : {
            nested:
              'tasks' in nested ? { tasks: inner(nested.tasks) } : { branches: nested.branches.map(inner) },
          }),
    };
  });
}

function notesOf(entries: readonly ImportEntry[]): readonly string[] {
  return entries
    .filter(({ severity }) => severity !== 'info')
    .map(
      ({ severity, construct, reason, became }) =>
        `${severity.toUpperCase()} ${construct}: ${reason}${became === undefined ? '' : ` -> ${became}`}`,
    );
}
