import { getAdjacencyMap } from '@xstate/graph';
import type { AnyActorLogic } from 'xstate';
import type { Chart } from '../../chart/chart.ts';
import { newRun } from '../../run/run.ts';
import type { Candidates } from '../candidates/candidates-of.ts';
import { cutOff, movesOf } from './moves.ts';
import { type Move, scenarioStart } from './scenario.ts';
import type { Happened, Scene } from './scene.ts';
import { keyOf } from './scene-key.ts';
import { take } from './take.ts';

/** A move from one scene to another, by their keys, and what it led to. */
export type Edge = {
  readonly from: string;
  readonly move: Move;
  readonly to: string;
  readonly events: readonly Happened[];
};

export type ExploredScene = {
  readonly key: string;
  readonly scene: Scene;
  readonly edges: readonly Edge[];
  /** The last move of a shortest way to it; absent for the first scene. */
  readonly via?: Edge;
  /** The moves of that way. */
  readonly depth: number;
};

/** Every scene that a run can come to. */
export type Explored = {
  readonly first: string;
  /** By their keys, those nearer to the start first. */
  readonly scenes: ReadonlyMap<string, ExploredScene>;
  /** Whether nothing was left out but what `Candidates.omitted` tells. */
  readonly isWhole: boolean;
  /** What was left out, in words. */
  readonly bound?: string;
};

/**
 * Plays a run along everything that the world may do, breadth first, with the traversal of `@xstate/graph`. What it
 * sees as a machine is the whole chart: a scene is its snapshot, a move its event, and `take` its transition function
 * (docs/decisions/0004, 0016).
 */
export function explore(
  chart: Chart,
  candidates: Candidates,
  { scenesMax }: { readonly scenesMax: number },
): Explored {
  const first = begin(chart, candidates);
  const taken = new WeakMap<Move, Scene>();
  let visited = 0;
  let isCut = false;
  const logic = {
    transition: (_scene: Scene, move: Move) => taken.get(move),
    getInitialSnapshot: () => first,
  };
  // The traversal knows snapshots and events by their use alone; their types are those of actors.
  const adjacency = getAdjacencyMap(logic as unknown as AnyActorLogic, {
    serializeState: (scene: unknown) => keyOf(scene as Scene),
    stopWhen: () => {
      visited += 1;
      isCut ||= visited > scenesMax;
      return visited > scenesMax;
    },
    events: ((scene: Scene) =>
      movesOf(scene).filter((move) => {
        const next = take(scene, move);
        if (next !== undefined) taken.set(move, next);
        return next !== undefined;
      })) as never,
  }) as unknown as Adjacency;

  return explored(
    keyOf(first),
    adjacency,
    isCut ? `${scenesMax} scenes were looked at, and not all` : undefined,
  );
}

type Adjacency = Readonly<
  Record<
    string,
    {
      readonly state: Scene;
      readonly transitions: Readonly<Record<string, { readonly event: Move; readonly state: Scene }>>;
    }
  >
>;

function explored(first: string, adjacency: Adjacency, cut: string | undefined): Explored {
  const scenes = new Map<string, ExploredScene>();
  const ways = new Map<string, { readonly via: Edge; readonly depth: number }>();
  const bounds = new Set<string>(cut === undefined ? [] : [cut]);
  for (const [key, { state: scene, transitions }] of Object.entries(adjacency)) {
    const depth = ways.get(key)?.depth ?? 0;
    const edges = Object.values(transitions).map(
      ({ event: move, state }): Edge => ({
        from: key,
        move,
        to: keyOf(state),
        events: state.events,
      }),
    );
    // They come breadth first: the first edge to a scene is the last of a shortest way.
    for (const via of edges)
      if (via.to !== first && !ways.has(via.to)) ways.set(via.to, { via, depth: depth + 1 });
    scenes.set(key, { key, scene, edges, depth, ...ways.get(key) });
    const reason = cutOff(scene);
    if (reason !== undefined) bounds.add(reason);
  }
  const bound = [...bounds].join('; ');

  return { first, scenes, isWhole: bounds.size === 0, ...(bound === '' ? {} : { bound }) };
}

/** The moves of a shortest way from the start to a scene. */
export function movesTo({ scenes }: Explored, key: string): readonly Move[] {
  const moves: Move[] = [];
  for (let at = scenes.get(key); at?.via !== undefined; at = scenes.get(at.via.from))
    moves.unshift(at.via.move);

  return moves;
}

/** A run that has not begun. */
export function begin(chart: Chart, candidates: Candidates): Scene {
  return {
    run: newRun(chart),
    now: scenarioStart,
    pace: 'quick',
    silent: new Set(),
    events: [],
    candidates,
  };
}
