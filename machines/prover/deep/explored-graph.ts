import { isFinal } from '../../chart/task-status.ts';
import type { Edge, Explored, ExploredScene } from '../explore/explore.ts';
import { cutOff, movesOf } from '../explore/moves.ts';
import type { Happened } from '../explore/scene.ts';

/** Whether the run is over in the scene. */
export function isOver({ scene }: ExploredScene): boolean {
  return isFinal(scene.run.state.status);
}

/** The scenes behind which nothing was looked at any more: the bound was reached, or a loop went round often enough. */
export function unexplored({ scenes, isWhole }: Explored): readonly ExploredScene[] {
  if (isWhole) return [];

  return [...scenes.values()].filter((each) => {
    if (each.edges.length > 0 || isOver(each)) return false;
    return cutOff(each.scene) !== undefined || movesOf(each.scene).length > 0;
  });
}

/** Whether more was left out than further passes of loops, which do what the first ones did. */
export function isCut(explored: Explored): boolean {
  return unexplored(explored).some(({ scene }) => cutOff(scene) === undefined);
}

/** The scenes where a run that is not over goes no further. */
export function standstills(explored: Explored): readonly ExploredScene[] {
  const open = new Set(unexplored(explored));

  return [...explored.scenes.values()].filter(
    (each) => each.edges.length === 0 && !isOver(each) && !open.has(each),
  );
}

/** The keys of all scenes from which one of these can be reached, these included. */
export function leadingTo({ scenes }: Explored, goals: Iterable<ExploredScene>): ReadonlySet<string> {
  const before = new Map<string, string[]>();
  for (const { key, edges } of scenes.values()) {
    for (const { to } of edges) {
      const known = before.get(to);
      if (known === undefined) before.set(to, [key]);
      else known.push(key);
    }
  }
  const found = new Set([...goals].map(({ key }) => key));
  // Grows while it is walked: a Set visits what is added on the way.
  for (const key of found) for (const each of before.get(key) ?? []) found.add(each);

  return found;
}

/** The first in the order of the shortest ways from the start. */
export function nearestScene(scenes: Iterable<ExploredScene>): ExploredScene | undefined {
  let first: ExploredScene | undefined;
  for (const each of scenes) if (first === undefined || each.depth < first.depth) first = each;

  return first;
}

/** The same, all of them. */
export function nearestFirst(scenes: readonly ExploredScene[]): readonly ExploredScene[] {
  return [...scenes].sort((a, b) => a.depth - b.depth);
}

/** Every event on every way, with the scene before it and the move that led to it. */
export function* happenings({
  scenes,
}: Explored): Iterable<Happened & { readonly scene: ExploredScene; readonly edge: Edge }> {
  for (const scene of scenes.values()) {
    for (const edge of scene.edges) for (const each of edge.events) yield { ...each, scene, edge };
  }
}
