import type { Finding } from '../finding.ts';
import type { Outline, OutlineRouter, TaskGraph, TaskSite } from '../outline.ts';

const waitKeys = ['depends_on', 'parallel_with', 'join_on'];

/** Tasks that stand in for others or undo them can begin when they are needed, and are not begun otherwise. */
export function checkStandbys({ graph }: Outline): readonly Finding[] {
  return [...graph.sites.values()].flatMap((site) => {
    const routers = graph.routers(site.task.id);
    const undone = routers.filter(({ kind }) => kind === 'compensate');
    if (undone.length > 0) return undoerFaults(site, routers, undone);
    const fault = fallbackFault(graph, site, routers) ?? catchFault(graph, site, routers);

    return fault === undefined ? [] : [fault];
  });
}

/** The run is undone when nothing else goes on in it any more, in an order that it finds out by itself. */
function undoerFaults(
  { task, raw, path }: TaskSite,
  routers: readonly OutlineRouter[],
  undone: readonly OutlineRouter[],
): readonly Finding[] {
  const undoes = `"${task.id}" undoes "${undone[0]?.id}"`;
  const waits = waitKeys.filter((key) => raw[key] !== undefined);
  const other = routers.find(({ kind }) => kind !== 'compensate');
  const code = 'definition.bad-combination';

  return [
    ...waits.map((key): Finding => {
      const message = `${undoes}, so it begins when the run is undone and waits for nobody; leave ${key} out`;
      return { code, message, path: [...path, key] };
    }),
    ...(other === undefined
      ? []
      : [{ code, message: `${undoes}, so "${other.id}" cannot start it, too`, path: [...path, 'id'] }]),
    ...(task.compensate === undefined
      ? []
      : [
          { code, message: `${undoes}, and what undoes is not undone itself`, path: [...path, 'compensate'] },
        ]),
  ];
}

/** A task that failed waits for what stands in for it: that must not wait for the task. */
function fallbackFault(
  graph: TaskGraph,
  site: TaskSite,
  routers: readonly OutlineRouter[],
): Finding | undefined {
  const { task, path } = site;
  const failed = routers.find(({ kind, id }) => kind === 'fallback' && blocks(graph, site, id));
  if (failed === undefined) return undefined;
  const message = `"${task.id}" stands in for "${failed.id}" and waits for it, so neither would go on; leave depends_on out`;

  return { code: 'definition.unstartable', message, path: [...path, 'depends_on'] };
}

function blocks(graph: TaskGraph, { task }: TaskSite, failed: string): boolean {
  const waiting = task.dependsOn.filter((id) => id === failed || graph.precedes(failed, id));
  const needsAll = task.join === 'all' || task.join === 'all_done';

  return waiting.length > 0 && (needsAll || waiting.length === task.dependsOn.length);
}

/** A caught failure is no completion, so what waits for one never comes. */
function catchFault(
  graph: TaskGraph,
  { task, path }: TaskSite,
  routers: readonly OutlineRouter[],
): Finding | undefined {
  const [only, ...more] = routers;
  const dependencies = graph.dependencies(task.id);
  if (only?.kind !== 'catch' || more.length > 0 || task.join === 'all_done') return undefined;
  if (dependencies.length === 0 || dependencies.some((id) => id !== only.id)) return undefined;
  const message = `"${task.id}" waits for "${only.id}" to complete, and is started only when that fails; leave depends_on out`;

  return { code: 'definition.unstartable', message, path: [...path, 'depends_on'] };
}
