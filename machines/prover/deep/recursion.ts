import type { Chart } from '../../chart/chart.ts';
import { localId } from '../../chart/task-at.ts';
import { parseDefinitionName } from '../../definition.ts';
import type { SubWorkflowTask } from '../../task.ts';
import type { Edge, Explored, ExploredScene } from '../explore/explore.ts';
import { isCut, isOver, nearestScene } from './explored-graph.ts';
import { type Found, named } from './standstill.ts';

/** Runs that start runs of their own definition: without end, or while they hold the place that those wait for. */
export function recursions(chart: Chart, explored: Explored): readonly Found[] {
  const calls = [...chart.plan.values()].flatMap(({ task }) =>
    task.type === 'SUB_WORKFLOW' && isItself(chart, task) ? [task] : [],
  );

  return calls.length === 0 ? [] : [...endless(explored, calls), ...crowded(chart, explored, calls)];
}

function isItself({ definition }: Chart, { workflow }: SubWorkflowTask): boolean {
  const { id, version = definition.version } = parseDefinitionName(workflow);

  return id === definition.id && version === definition.version;
}

/** No way leads to a good end but by another run that has to find one. */
function endless(explored: Explored, calls: readonly SubWorkflowTask[]): readonly Found[] {
  const ids = calls.map(({ id }) => id);
  const without = reached(explored, (edge) => !startsOne(edge, ids));
  const completes = (scenes: Iterable<ExploredScene>) =>
    nearestScene([...scenes].filter((each) => isOver(each) && each.scene.run.state.status === 'COMPLETED'));
  const scene = completes(explored.scenes.values());
  if (isCut(explored) || scene === undefined || completes(without) !== undefined) return [];

  return [
    {
      code: 'deep.unbounded',
      severity: 'error',
      message: `every run that completes has started another one of the same definition by ${named(ids.map(written))}, and so on without end; let a condition decide whether it does`,
      tasks: ids.map(written),
      scene: scene.key,
    },
  ];
}

function reached({ first, scenes }: Explored, follows: (edge: Edge) => boolean): readonly ExploredScene[] {
  const found = new Set([first]);
  // Grows while it is walked: a Set visits what is added on the way.
  for (const key of found) {
    for (const edge of scenes.get(key)?.edges ?? []) if (follows(edge)) found.add(edge.to);
  }

  return [...found].flatMap((key) => scenes.get(key) ?? []);
}

function startsOne({ events }: Edge, ids: readonly string[]): boolean {
  return events.some(
    ({ event: { fact } }) => fact.type === 'child.started' && ids.includes(localId(fact.data.task)),
  );
}

/** The run holds its place until the other one has ended, which waits for a place. */
function crowded(
  { definition }: Chart,
  { scenes }: Explored,
  calls: readonly SubWorkflowTask[],
): readonly Found[] {
  const { concurrency } = definition;
  const waiting = calls.filter(({ wait }) => wait).map(({ id }) => id);
  if (concurrency?.onLimit !== 'queue' || waiting.length === 0) return [];
  const scene = nearestScene(
    [...scenes.values()].filter(({ via }) => via !== undefined && startsOne(via, waiting)),
  );
  if (scene === undefined) return [];
  const isSure = concurrency.limit === 1 && concurrency.key === undefined;
  const which = isSure ? 'waits' : 'may wait';

  return [
    {
      code: 'deep.deadlock',
      severity: isSure ? 'error' : 'warning',
      message: `the run that ${named(waiting.map(written))} starts ${which} for a place among the runs of this definition (concurrency.limit ${concurrency.limit}), which this run keeps until that one has ended`,
      tasks: waiting.map(written),
      scene: scene.key,
    },
  ];
}

/** What a FORK starts for an item stands in the text as the FORK. */
function written(id: string): string {
  return id.split('/')[0] ?? id;
}
