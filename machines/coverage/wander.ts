import type { Move } from '../explore/move.ts';
import { anyMove } from './any-move.ts';
import { chanceOf } from './chance.ts';
import { newPlay, type Play, played, playedOn } from './play.ts';
import { keep, type Search } from './search.ts';
import type { Target } from './target.ts';

const walksMax = 400;
const movesMax = 60;

/**
 * Walks through the definition in orders that the explorer leaves out, the same ones each time, as long as there is
 * something to be found. Tells how many there were.
 */
export function searchWandering(search: Search, isImpossible: (target: Target) => boolean): number {
  let walks = 0;
  const isWanted = (target: Target) => search.left.has(target) && !isImpossible(target);
  while (walks < walksMax && [...search.left].some(isWanted)) {
    const found = walk(search, walks, isWanted);
    if (found !== undefined) keep(search, shortened(search, found, isWanted));
    walks += 1;
  }

  return walks;
}

/** The way up to the last move that found something. */
function walk({ chart, first }: Search, number: number, isWanted: (target: Target) => boolean) {
  const chance = chanceOf(`${chart.ref.hash} ${number}`);
  let play = newPlay(first);
  let found: Play | undefined;
  let count = 0;
  for (let moves = 0; moves < movesMax; moves += 1) {
    const move = anyMove(play.scene, chance);
    const next = move === undefined ? undefined : played(chart, play, move);
    if (next === undefined) continue;
    play = next;
    const finds = [...play.covered].filter(isWanted).length;
    if (finds > count) found = play;
    count = finds;
    if (play.scene.run.state.endedAt !== undefined && !chance.isOneIn(3)) break;
  }

  return found;
}

/** Without the moves that it does not need for what it found. */
function shortened({ chart, first }: Search, found: Play, isWanted: (target: Target) => boolean): Play {
  const wanted = [...found.covered].filter(isWanted);
  let best = found;
  for (let at = found.moves.length - 2; at > 0; at -= 1) {
    const moves: readonly Move[] = best.moves.map(({ move }) => move).toSpliced(at, 1);
    const shorter = playedOn(chart, newPlay(first), moves);
    if (shorter !== undefined && wanted.every((each) => shorter.covered.has(each))) best = shorter;
  }

  return best;
}
