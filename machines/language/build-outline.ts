import type { Json } from '../../events/canonical-json.ts';
import { type Stratos, stratosOf, withStratosBound } from '../stratos.ts';
import type { Task } from '../task.ts';
import type { Finding } from './finding.ts';
import { arrange } from './graph/arrange.ts';
import { standbys } from './graph/implied-dependencies.ts';
import { taskGraph } from './graph/task-graph.ts';
import { isMapping, type Mapping } from './mapping.ts';
import { impliedTask, normaliseTask } from './normalise/task.ts';
import { labelsOf, normaliseWorkflow } from './normalise/workflow.ts';
import type { Outline, ParsedList, TaskSite } from './outline.ts';
import { readTasks } from './read-tasks.ts';
import { workflow as workflowSchema } from './schema/workflow.ts';
import { createTextReader } from './text/read-text.ts';
import { parseSalvaging } from './text/salvage.ts';

type Report = (...findings: readonly Finding[]) => void;

/** Stands in for what a definition lacks, so that the rest of it can be checked. It never leaves this folder. */
const fallback: Mapping = { id: 'unnamed', version: 1, tasks: [{ id: 'none' }] };

/** Reads the value of the `workflow:` key into its canonical form, as far as it goes, with a place for every task. */
export function buildOutline(workflow: Mapping, report: Report): Outline | undefined {
  const path = ['workflow'];
  const { value, findings } = parseSalvaging({ schema: workflowSchema, value: workflow, path, fallback });
  report(...findings);
  if (value === undefined) return undefined;

  const failure = workflow['failure_workflow'];
  const written = isMapping(failure) ? failure['steps'] : undefined;
  const main = readTasks(workflow['tasks'], { kind: 'workflow', path: [...path, 'tasks'] }, report);
  const steps = readTasks(written, { kind: 'steps', path: [...path, 'failure_workflow', 'steps'] }, report);
  const ids = new Set([...idsOf(main), ...idsOf(steps)]);
  const sites: TaskSite[] = [];
  const context = { ids, sites, report, stratos: stratosOf({ labels: labelsOf(value) }) };
  const definition = normaliseWorkflow(value, {
    tasks: assemble(main, context),
    steps: namedSteps(written, steps, assemble(steps, context)),
  });

  return {
    definition,
    sites,
    ids: new Set([...ids, ...sites.map((site) => site.task.id)]),
    workflow,
    graph: taskGraph(sites),
    readText: createTextReader(),
  };
}

function idsOf(list: ParsedList): readonly string[] {
  return [
    ...list.unread,
    ...list.tasks.flatMap((task) => [task.text.value.id, ...task.nested.flatMap(idsOf)]),
  ];
}

function assemble(
  list: ParsedList,
  context: {
    readonly ids: ReadonlySet<string>;
    readonly sites: TaskSite[];
    readonly report: Report;
    readonly stratos: Stratos | undefined;
  },
): readonly Task[] {
  const arrangement = arrange(list, context.ids, context.report);
  const listed = list.tasks.map((parsed) => {
    const nested = parsed.nested.map((inner) => assemble(inner, context));
    const task = withStratosBound(normaliseTask(parsed, arrangement, nested), context.stratos);
    context.sites.push({ task, raw: parsed.raw, path: parsed.path, list });

    return task;
  });
  const implied = arrangement.implied.map(impliedTask);
  for (const task of implied) context.sites.push({ task, raw: {}, path: list.path, list });

  return inBranchOrder(list, [...listed, ...implied]);
}

/** Steps in their order: names stay names. */
function namedSteps(
  written: Json | undefined,
  list: ParsedList,
  tasks: readonly Task[],
): readonly (string | Task)[] {
  if (!Array.isArray(written)) return [];
  const byIndex = new Map(list.tasks.map((task, index) => [task.path.at(-1), tasks[index]]));

  return (written as readonly Json[]).flatMap((step, index) => {
    const task = typeof step === 'string' ? step : byIndex.get(index);
    return task === undefined ? [] : [task];
  });
}

/**
 * The tasks of a branch in the order of its sequence. A task that only stands in for others comes right before the
 * last of these: no task in between then follows it, and the branch does not end with it. Those that undo come first.
 */
function inBranchOrder({ kind, tasks }: ParsedList, all: readonly Task[]): readonly Task[] {
  const namedBy = new Map<string, string>();
  for (const task of tasks) for (const id of standbys(task)) namedBy.set(id, task.text.value.id);
  if (kind !== 'branch' || namedBy.size === 0) return all;
  const undoing = new Set(all.flatMap(({ compensate }) => compensate ?? []));
  const ordered = new Set<Task>(all.filter(({ id }) => undoing.has(id)));

  const add = (task: Task, around: readonly string[]): void => {
    for (const each of all) {
      if (namedBy.get(each.id) === task.id && !around.includes(each.id)) add(each, [...around, each.id]);
    }
    ordered.add(task);
  };
  for (const task of all) if (!namedBy.has(task.id)) add(task, [task.id]);

  // Those that only name each other are reported as a cycle.
  return [...new Set([...ordered, ...all])];
}
