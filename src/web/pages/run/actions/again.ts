import type { RunTask } from '../../../../api/run.ts';
import type { Graph } from '../../../../api/run-parts.ts';

const settled: ReadonlySet<string> = new Set([
  'COMPLETED',
  'COMPLETED_WITH_ERRORS',
  'SKIPPED',
  'CANCELLED',
  'FAILED',
  'TIMED_OUT',
]);

/** The tasks that a rerun carries out anew: the task, and all that comes behind it, in the order of the run. */
export function againFrom(task: string, graph: Pick<Graph, 'nodes' | 'edges'>): readonly string[] {
  const found = new Set([task]);
  const open = [task];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const { from, to } of graph.edges) {
      if (from !== next || found.has(to)) continue;
      found.add(to);
      open.push(to);
    }
  }

  return graph.nodes.map(({ id }) => id).filter((id) => found.has(id));
}

/** The tasks that a retry takes up again: those that failed, and those that were given up for them. */
export function againOnRetry(rows: readonly Pick<RunTask, 'id' | 'status'>[]): readonly string[] {
  return rows.filter(({ status }) => /^(FAILED|TIMED_OUT|CANCELLED)$/.test(status)).map(({ id }) => id);
}

/** The tasks that a fork carries out: those that were not settled at its event. */
export function againOnFork(rows: readonly Pick<RunTask, 'id' | 'status'>[]): readonly string[] {
  return rows.filter(({ status }) => !settled.has(status)).map(({ id }) => id);
}
