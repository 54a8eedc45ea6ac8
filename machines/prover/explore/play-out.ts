import { movesOf } from './moves.ts';
import type { Move } from './scenario.ts';
import type { Scene } from './scene.ts';
import { take } from './take.ts';

/** More than any definition needs that is not a loop without end. */
const movesMax = 1_000;

/** The plainest moves from a scene until the run is over: everybody answers, and answers well. */
export function playOut(scene: Scene): readonly Move[] {
  const moves: Move[] = [];
  let at: Scene | undefined = scene;
  while (at !== undefined && moves.length < movesMax) {
    const next: readonly [Move, Scene] | undefined = firstOf(at);
    if (next === undefined) break;
    moves.push(next[0]);
    at = next[1];
  }

  return moves;
}

function firstOf(scene: Scene): readonly [Move, Scene] | undefined {
  for (const move of movesOf(scene)) {
    const next = take(scene, move);
    if (next !== undefined) return [move, next];
  }

  return undefined;
}
