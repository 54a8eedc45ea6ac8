import type { Finding } from '../finding.ts';
import type { ParsedList, ParsedTask } from '../outline.ts';
import { createTextReader, outputRead } from '../text/read-text.ts';
import { routedNames } from './implied-tasks.ts';

/**
 * A decision that says nothing of when it is taken waits for the tasks whose output decides, as the seeds have it: at
 * the start of the run there is nothing to decide by. Any other task has to say what it depends on.
 */
export function impliedDependencies(
  list: ParsedList,
  report: (...findings: readonly Finding[]) => void,
): ReadonlyMap<ParsedTask, readonly string[]> {
  const ids = new Set(list.tasks.map((task) => task.text.value.id));
  const started = new Set(list.tasks.flatMap(startedBy));
  const readText = createTextReader();
  const implied = new Map<ParsedTask, readonly string[]>();
  for (const task of list.tasks) {
    const { text, path } = task;
    if (text.kind !== 'DECISION' || saysWhen(task) || started.has(text.value.id)) continue;
    const read = readText({ kind: 'condition', text: text.value.decision_param });
    const tasks = (read.ok ? read.references : []).flatMap((reference) => outputRead(reference)?.task ?? []);
    const known = [...new Set(tasks)].filter((id) => ids.has(id) && id !== text.value.id);
    if (known.length === 0) continue;
    implied.set(task, known);
    const names = known.map((id) => `"${id}"`).join(' and ');
    const message = `the decision reads ${names}, so it waits for it; add depends_on to say so`;
    report({
      code: 'definition.implied-dependency',
      severity: 'warning',
      message,
      path: [...path, 'decision_param'],
    });
  }

  return implied;
}

function saysWhen({ text, list }: ParsedTask): boolean {
  const { depends_on: dependencies, parallel_with: partners } = text.value;

  return (
    dependencies !== undefined || partners !== undefined || list.kind === 'branch' || list.kind === 'steps'
  );
}

/** The tasks that a task names to start when it fails, or to undo it. */
export function standbys(task: ParsedTask): readonly string[] {
  const { fallback = [], catch: caught = [], compensate } = task.text.value;

  return [...fallback, ...caught.map((each) => each.next), ...(compensate === undefined ? [] : [compensate])];
}

/** The names of the tasks that a task may start. */
function startedBy(task: ParsedTask): readonly string[] {
  return [...routedNames(task).map((each) => each.name), ...standbys(task)];
}
