import type { Finding } from '../finding.ts';
import type { ParsedList, ParsedTask } from '../outline.ts';
import { idPattern } from '../schema/shapes.ts';
import { valueAt } from '../schema-findings.ts';
import { didYouMean, isSlip } from '../suggest.ts';
import type { Path } from '../text/yaml-node.ts';

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
export function routedNames(task: ParsedTask): readonly Named[] {
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
