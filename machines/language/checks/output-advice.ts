import { taskExpressions, workflowExpressions } from '../expression-sites.ts';
import type { Finding } from '../finding.ts';
import type { Outline, TaskSite } from '../outline.ts';
import { readOf, referencesIn } from '../reads.ts';
import { declaredOutputs } from '../reference-rules.ts';

/** Outputs that a task declares and nobody reads: a name that was forgotten, or work for nothing. */
export function adviseOutputs(outline: Outline): readonly Finding[] {
  const read = readOutputs(outline);

  return outline.sites.flatMap((site): readonly Finding[] => {
    const unread = outputsOf(site).filter((name) => !read(site.task.id, name));
    if (unread.length === 0) return [];
    const names = unread.map((name) => `"${name}"`).join(', ');
    const message = `nobody reads the output${unread.length === 1 ? '' : 's'} ${names}`;

    return [
      { code: 'definition.unread-output', severity: 'warning', message, path: [...site.path, 'output'], at: 'key' },
    ];
  });
}

/** The outputs that are worth a word: not a fixed text such as the path of a receipt, and not what goes to a file. */
function outputsOf({ task }: TaskSite): readonly string[] {
  if ((task.type !== 'SIMPLE' && task.type !== 'TRANSFORM') || task.outputTo !== undefined) return [];
  if (task.output?.kind !== 'map') return declaredOutputs(task) ?? [];

  return Object.entries(task.output.map)
    .filter(([, value]) => JSON.stringify(value).includes('${'))
    .map(([name]) => name);
}

function readOutputs({ definition, sites, workflow }: Outline): (task: string, name: string) => boolean {
  const whole = new Set(sites.flatMap(({ task }) => (task.type === 'JOIN' ? [...task.joinOn, ...task.dependsOn] : [])));
  // The result of a fallback is read under the name of the task it stands in for.
  for (const { task } of sites) for (const id of task.fallback) whole.add(id);
  const single = new Set<string>();
  const { ending, start, trigger } = workflowExpressions(workflow);
  for (const text of [...sites.flatMap(taskExpressions), ...ending, ...start, ...trigger]) {
    for (const reference of referencesIn(text)) {
      const read = readOf(reference);
      if (read?.output !== undefined) single.add(`${read.task} ${read.output}`);
      else if (read !== undefined) whole.add(read.task);
    }
  }
  const named = new Set(definition.output.kind === 'names' ? definition.output.names : []);

  return (task, name) => whole.has(task) || single.has(`${task} ${name}`) || named.has(name);
}
