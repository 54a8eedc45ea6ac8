import { localId } from '../compile/address.ts';
import type { Chart } from '../compile/chart.ts';
import type { Edge, Explored } from '../explore/explore.ts';
import { isDisturbed } from './disturbed.ts';
import { isCut } from './explored-graph.ts';
import type { Found } from './found.ts';
import { isTriedOut } from './tried-out.ts';

/** Waits for a signal that none of those that were tried ended. */
export function neverMatching(chart: Chart, explored: Explored): readonly Found[] {
  const begun = new Map<string, Edge>();
  const received = new Set<string>();
  for (const { edges } of explored.scenes.values()) {
    for (const edge of edges) {
      for (const id of awaitingAfter(edge)) if (!begun.has(id)) begun.set(id, edge);
      for (const id of receivedIn(edge)) received.add(id);
    }
  }

  return [...begun].flatMap(([id, edge]): readonly Found[] => {
    const task = chart.plan.get(id)?.task;
    if (task?.type !== 'WAIT' || task.signal === undefined || received.has(id)) return [];
    const isSure = !isCut(explored) && isTriedOut(chart, explored, id) && !isDisturbed(chart, explored, id);
    const doubt = isSure ? '' : ' of those that were tried; give one that does under examples: signals';
    const message = `${id} waits for a signal that never comes: none ${task.signal} satisfies its match${doubt}`;
    return [
      {
        code: 'deep.never-matches',
        severity: isSure ? 'error' : 'warning',
        message,
        tasks: [id],
        key: 'match',
        scene: edge.to,
      },
    ];
  });
}

function awaitingAfter({ events }: Edge): readonly string[] {
  return events.flatMap(({ transitions }) =>
    transitions.flatMap(({ task, to }) => (task !== undefined && to === 'awaiting' ? [localId(task)] : [])),
  );
}

function receivedIn({ events }: Edge): readonly string[] {
  return events.flatMap(({ event: { fact } }) => {
    if (fact.type === 'signal.received') return fact.data.tasks.map(localId);
    return fact.type === 'signal.taken' ? [localId(fact.data.task)] : [];
  });
}
