import type { Finding } from './finding.ts';
import type { ParsedList, ParsedTask } from './outline.ts';
import { idPattern } from './schema/shapes.ts';
import { suggest } from './suggest.ts';
import type { Path } from './yaml-node.ts';

/**
 * A decision may name a task that is listed nowhere, as the seeds do: it is carried out by an agent that offers a
 * skill of that name, exactly as an unlisted step of a failure workflow is. A name that is close to a listed one is a
 * typo and stays an error; the others are warned of, so that nothing appears unnoticed.
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
        'list it under tasks to say more';
      report({ code: 'definition.implied-task', severity: 'warning', message, path });
    }
  }

  return [...implied];
}

/** Whether a name that a decision routes to makes a task of its own. */
export function isImplied(name: string, ids: ReadonlySet<string>): boolean {
  return !ids.has(name) && idPattern.test(name) && suggest(name, ids) === undefined;
}

function routedNames(task: ParsedTask): readonly { readonly name: string; readonly path: Path }[] {
  if (task.text.kind !== 'DECISION') return [];
  const { decision_cases: cases, default: first, default_case: second } = task.text.value;
  const named = Object.entries(cases).flatMap(([value, each]) => {
    const key = each.next === undefined ? 'next_tasks' : 'next';
    return (each[key] ?? []).map((name) => ({ name, path: [...task.path, 'decision_cases', value, key] }));
  });
  const key = first === undefined ? 'default_case' : 'default';

  return [...named, ...(first ?? second ?? []).map((name) => ({ name, path: [...task.path, key] }))];
}
