import type { Chart } from '../../../chart/chart.ts';
import type { Edge, Explored, ExploredScene } from '../../explore/explore.ts';
import { observed } from '../observed.ts';
import type { Target } from '../target.ts';

/** What was explored, with what each move covers and how far it is from each scene to an end. */
export type Network = {
  readonly explored: Explored;
  readonly covers: (edge: Edge) => readonly Target[];
  /** The fewest moves to an end of the run; infinite where none is in sight. */
  readonly toEnd: (key: string) => number;
};

/** Looks once at every move that was explored. */
export function networkOf(chart: Chart, explored: Explored): Network {
  const covers = new Map<Edge, readonly Target[]>();
  const into = new Map<string, string[]>();
  for (const { edges } of explored.scenes.values()) {
    for (const edge of edges) {
      covers.set(edge, [...new Set(edge.events.flatMap((each) => observed(chart, each)))]);
      const before = into.get(edge.to);
      if (before === undefined) into.set(edge.to, [edge.from]);
      else before.push(edge.from);
    }
  }
  const toEnd = distances(explored, into);

  return {
    explored,
    covers: (edge) => covers.get(edge) ?? [],
    toEnd: (key) => toEnd.get(key) ?? Number.POSITIVE_INFINITY,
  };
}

function distances(
  { scenes }: Explored,
  into: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, number> {
  const ends = [...scenes.values()].filter(({ scene }) => scene.run.state.endedAt !== undefined);
  const found = new Map(ends.map(({ key }) => [key, 0]));
  // Grows while it is walked: a Map visits what is added on the way, so this is breadth first.
  for (const [key, distance] of found) {
    for (const before of into.get(key) ?? []) if (!found.has(before)) found.set(before, distance + 1);
  }

  return found;
}

/** The moves from a scene to the nearest one that covers something of what is left, that one included. */
export function nearestMoves(
  network: Network,
  from: string,
  left: ReadonlySet<Target>,
): readonly Edge[] | undefined {
  const { scenes } = network.explored;
  const via = new Map<string, Edge | undefined>([[from, undefined]]);
  let level: readonly ExploredScene[] = [scenes.get(from)].flatMap((scene) => scene ?? []);
  while (level.length > 0) {
    const best = bestOf(
      network,
      level.flatMap(({ edges }) => edges),
      left,
    );
    if (best !== undefined) return [...wayTo(via, best.from), best];
    const next: ExploredScene[] = [];
    for (const edge of level.flatMap(({ edges }) => edges)) {
      const scene = scenes.get(edge.to);
      if (via.has(edge.to) || scene === undefined) continue;
      via.set(edge.to, edge);
      next.push(scene);
    }
    level = next;
  }

  return undefined;
}

/** Of moves that cover something new, one after which more can follow; of these the one that covers most. */
function bestOf(network: Network, edges: readonly Edge[], left: ReadonlySet<Target>): Edge | undefined {
  let best: { readonly edge: Edge; readonly worth: number } | undefined;
  for (const edge of edges) {
    const gain = network.covers(edge).filter((target) => left.has(target)).length;
    if (gain === 0) continue;
    const goesOn = network.toEnd(edge.to) > 0;
    const worth = gain + (goesOn ? 1_000 : 0);
    if (best === undefined || worth > best.worth) best = { edge, worth };
  }

  return best?.edge;
}

function wayTo(via: ReadonlyMap<string, Edge | undefined>, key: string): readonly Edge[] {
  const way: Edge[] = [];
  for (let edge = via.get(key); edge !== undefined; edge = via.get(edge.from)) way.unshift(edge);

  return way;
}
