import type { Finding } from '../finding.ts';
import type { ParsedList, ParsedTask } from '../outline.ts';
import { idPattern } from '../schema/shapes.ts';
import { valueAt } from '../schema-findings.ts';
import { didYouMean, isSlip } from '../suggest.ts';
import { createTextReader, outputRead } from '../text/read-text.ts';
import type { Path } from '../text/yaml-node.ts';

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

type Named = { readonly name: string; readonly path: Path };

/**
 * A decision may name a task that is listed nowhere, as the seeds do: it is carried out by an agent that offers a
 * skill of that name, exactly as an unlisted step of a failure workflow is. A name that is a slip of the pen away from
 * a listed one stays an error; the others are warned of, so that nothing appears unnoticed.
 */
export function impliedTasks(
  list: ParsedList,
  allIds: ReadonlySet<string>,
  report: (...findings: readonly Finding[]) => void,
): readonly string[] {
  const implied = new Set<string>();
  for (const task of list.tasks) {
    for (const { name, path } of routedNames(task)) {
      if (!isImplied(name, allIds)) continue;
      implied.add(name);
      const message =
        `no task "${name}" is listed: if it is chosen, it waits for an agent with the skill "${name}"; ` +
        `list it under tasks to say more${didYouMean(name, allIds)}`;
      report({ code: 'definition.implied-task', severity: 'warning', message, path });
    }
  }

  return [...implied];
}

/** Whether a name that a decision routes to makes a task of its own. */
function isImplied(name: string, ids: ReadonlySet<string>): boolean {
  return !ids.has(name) && idPattern.test(name) && !isSlip(name, ids);
}

/** The tasks that a decision names, and where. */
function routedNames(task: ParsedTask): readonly Named[] {
  if (task.text.kind !== 'DECISION') return [];
  const { decision_cases: cases, default: first, default_case: second } = task.text.value;
  const named = Object.entries(cases).flatMap(([value, each]) =>
    namesAt(
      task,
      ['decision_cases', value, each.next === undefined ? 'next_tasks' : 'next'],
      each.next ?? each.next_tasks,
    ),
  );

  return [...named, ...namesAt(task, [first === undefined ? 'default_case' : 'default'], first ?? second)];
}

function namesAt(task: ParsedTask, place: Path, names: readonly string[] = []): readonly Named[] {
  const isList = Array.isArray(valueAt(task.raw, place));

  return names.map((name, index) => ({ name, path: [...task.path, ...place, ...(isList ? [index] : [])] }));
}
