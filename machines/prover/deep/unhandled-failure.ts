import type { Chart } from '../../chart/chart.ts';
import type { RunState, TaskState } from '../../chart/run/run-state.ts';
import { itemsOf } from '../../chart/tasks/body.ts';
import type { Task, TaskType } from '../../task.ts';
import type { Explored, ExploredScene } from '../explore/explore.ts';
import { isOver } from './explored-graph.ts';
import type { Found } from './standstill.ts';
import type { Written } from './written.ts';

/**
 * Tasks whose final failure ends the run although the definition says nowhere that this is meant: not for the task, not
 * for what it is a part of, and not for the run.
 */
export function unhandledFailures(chart: Chart, explored: Explored, written: Written): readonly Found[] {
  if (chart.definition.failureWorkflow !== undefined || chart.compensates) return [];
  const ends = new Map<string, ExploredScene>();
  for (const each of explored.scenes.values()) {
    for (const id of blamedIn(chart, each, written)) {
      const before = ends.get(id);
      if (before === undefined || each.depth < before.depth) ends.set(id, each);
    }
  }

  return grouped([...ends].map(([id, { key }]) => ({ id, scene: key })));
}

/** The tasks whose failure ended the run; where they are inside of others, those have nothing to say, either. */
function blamedIn(chart: Chart, each: ExploredScene, written: Written): readonly string[] {
  const { failedTask, tasks, error } = each.scene.run.state;
  // Odd values are tried on purpose, and a task that they keep from beginning says nothing of how it fails itself.
  if (error?.code.startsWith('expression.') === true) return [];

  return isOver(each) && failedTask !== undefined ? unsaid({ chart, written }, tasks, failedTask) : [];
}

const outside: ReadonlySet<TaskType> = new Set(['SIMPLE', 'HTTP', 'EVENT', 'SUB_WORKFLOW', 'HUMAN', 'WAIT']);

type Look = { readonly chart: Chart; readonly written: Written };

function unsaid(look: Look, tasks: RunState['tasks'], id: string): readonly string[] {
  const { task, branches = [] } = look.chart.plan.get(id) ?? {};
  if (task === undefined || saysSomething(task, look.written)) return [];
  if (outside.has(task.type)) return [id];
  const beside = branches
    .flat()
    .flatMap((inner) => (hasFailed(tasks[inner]) ? unsaid(look, tasks, inner) : []));
  const body = tasks[id]?.body;
  const inside = body === undefined ? [] : [...itemsOf(body)];

  return [...beside, ...inside.flatMap(([, { tasks: own = {} }]) => unsaidIn(look, own))];
}

function unsaidIn(look: Look, tasks: RunState['tasks']): readonly string[] {
  return Object.keys(tasks).flatMap((id) => (hasFailed(tasks[id]) ? unsaid(look, tasks, id) : []));
}

function hasFailed(task: TaskState | undefined): boolean {
  return task?.state === 'failed' || task?.state === 'timed_out';
}

/** Keys by which whoever wrote the task shows that its failure was thought of. */
const telling = [
  'retry_policy',
  'catch',
  'fallback',
  'optional',
  'timeout_policy',
  'on_timeout',
  'on_reject',
  'circuit_breaker',
  'tolerate_failures',
];

function saysSomething({ id }: Task, written: Written): boolean {
  const keys = written.keysOf(id);

  return telling.some((key) => keys.has(key));
}

/** One finding for each task, or one for all where there are many. */
const singlesMax = 3;

function grouped(ends: readonly { readonly id: string; readonly scene: string }[]): readonly Found[] {
  const what =
    'fails, and nothing says that this is meant: no retry_policy, catch, fallback, optional, timeout_policy or failure_workflow';
  const common = { code: 'deep.unhandled-failure', severity: 'note' as const };
  if (ends.length <= singlesMax) {
    return ends.map(({ id, scene }) => ({
      ...common,
      message: `the run fails when ${id} ${what}`,
      tasks: [id],
      scene,
    }));
  }
  const ids = ends.map(({ id }) => id);
  const message = `the run fails when one of ${ids.length} tasks ${what} (${ids.join(', ')})`;

  return [{ ...common, message, tasks: ids, ...(ends[0] === undefined ? {} : { scene: ends[0].scene }) }];
}
