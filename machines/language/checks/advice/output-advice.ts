import type { Finding } from '../../finding.ts';
import type { Outline, TaskSite } from '../../outline.ts';
import { taskExpressions, workflowExpressions } from '../../references/expression-sites.ts';
import { declaredOutputs } from '../../references/reference-rules.ts';
import { type OutputRead, outputRead } from '../../text/read-text.ts';

/** Outputs that a task declares and nobody reads: a name that was forgotten, or work for nothing. */
export function adviseOutputs(outline: Outline): readonly Finding[] {
  const read = readOutputs(outline);

  return outline.sites.flatMap((site): readonly Finding[] => {
    const unread = outputsOf(site).filter((name) => !read(site, name));
    if (unread.length === 0) return [];
    const names = unread.map((name) => `"${name}"`).join(', ');
    const message = `nobody reads the output${unread.length === 1 ? '' : 's'} ${names}`;

    return [
      {
        code: 'definition.unread-output',
        severity: 'warning',
        message,
        path: [...site.path, 'output'],
        at: 'key',
      },
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

function readOutputs(outline: Outline): (site: TaskSite, name: string) => boolean {
  const { definition, sites, graph } = outline;
  const whole = new Set(
    // The result of a fallback is read under the name of the task it stands in for.
    sites.flatMap(({ task }) => [
      ...task.fallback,
      ...(task.type === 'JOIN' ? [...task.joinOn, ...task.dependsOn] : []),
    ]),
  );
  const single = new Set<string>();
  for (const read of outputReads(outline)) {
    if (read.output === undefined) whole.add(read.task);
    else single.add(`${read.task} ${read.output}`);
  }
  const named = new Set(definition.output.kind === 'names' ? definition.output.names : []);
  const any = new Set([...whole, ...[...single].map((each) => each.slice(0, each.indexOf(' ')))]);

  return ({ task, list }, name) =>
    whole.has(task.id) ||
    single.has(`${task.id} ${name}`) ||
    named.has(name) ||
    holders(list.container, graph).some((id) => any.has(id));
}

/** The tasks that a task stands in: what it gives is part of what they give. */
function holders(container: string | undefined, { sites }: Outline['graph']): readonly string[] {
  const found: string[] = [];
  let next = container;
  while (next !== undefined && !found.includes(next)) {
    found.push(next);
    next = sites.get(next)?.list.container;
  }

  return found;
}

function outputReads({ sites, workflow, readText }: Outline): readonly OutputRead[] {
  const { ending, start, trigger } = workflowExpressions(workflow);

  return [...sites.flatMap(taskExpressions), ...ending, ...start, ...trigger].flatMap((text) => {
    const found = readText(text);
    return (found.ok ? found.references : []).flatMap((reference) => outputRead(reference) ?? []);
  });
}
