import type { Chart } from '../../chart/chart.ts';
import { taskAt } from '../../chart/task-at.ts';
import type { Move } from '../explore/scenario.ts';
import type { Played } from '../explore/scenario-of.ts';
import type { Scene } from '../explore/scene.ts';
import { take } from '../explore/take.ts';
import { observed } from './observed.ts';
import type { Target } from './target.ts';

/** A way from the start on: its moves, where it led, and what it covered. */
export type Play = {
  readonly moves: readonly Played[];
  readonly scene: Scene;
  readonly covered: ReadonlySet<Target>;
};

/** A way that has not begun. */
export function newPlay(first: Scene): Play {
  return { moves: [], scene: first, covered: new Set() };
}

/** The way with one more move; undefined where that means nothing there. */
export function played(chart: Chart, play: Play, move: Move): Play | undefined {
  const meant = meantBy(play.scene, move);
  const scene = taken(play.scene, meant);
  if (scene === undefined) return undefined;

  return {
    moves: [...play.moves, { move: meant, events: scene.events }],
    scene,
    covered: new Set([...play.covered, ...scene.events.flatMap((each) => observed(chart, each))]),
  };
}

/** The way with all of these moves; undefined where one of them means nothing. */
export function playedOn(chart: Chart, play: Play, moves: readonly Move[]): Play | undefined {
  let at: Play | undefined = play;
  for (const move of moves) at = at === undefined ? undefined : played(chart, at, move);

  return at;
}

/** The way with more moves, as far as they mean something. */
export function playedAll(chart: Chart, play: Play, moves: readonly Move[]): Play {
  let at = play;
  for (const move of moves) {
    const next = played(chart, at, move);
    if (next === undefined) break;
    at = next;
  }

  return at;
}

const known = new WeakMap<Scene, Map<string, Scene | undefined>>();

/** Ways have their beginnings in common. */
function taken(scene: Scene, move: Move): Scene | undefined {
  const onward = known.get(scene) ?? new Map<string, Scene | undefined>();
  known.set(scene, onward);
  const key = JSON.stringify(move);
  if (!onward.has(key)) onward.set(key, take(scene, move));

  return onward.get(key);
}

/** Scenes that go on alike may differ in the numbers of attempts. */
function meantBy({ run }: Scene, move: Move): Move {
  if (!('attempt' in move)) return move;

  return { ...move, attempt: taskAt(run.state, move.task)?.attempt ?? move.attempt };
}
