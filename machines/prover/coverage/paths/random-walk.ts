import { localId } from '../../../chart/task-at.ts';
import { answersTo, openOnes } from '../../explore/answers.ts';
import { movesOf } from '../../explore/moves.ts';
import type { Intervention, Move } from '../../explore/scenario.ts';
import type { Scene } from '../../explore/scene.ts';
import { openAt } from '../open-at.ts';
import { newPlay, type Play, played, playedOn } from '../play.ts';
import type { Target } from '../target.ts';
import { keep, type Search } from './search.ts';

const pass: Move = { type: 'pass' };
const ofRun: readonly Intervention['kind'][] = ['pauseRun', 'resumeRun', 'cancelRun', 'retryRun'];

const terminate: Intervention = { kind: 'terminateRun' };

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

/**
 * One of the moves that anybody could make now, in whatever order: any task that is owed an answer gets one, time
 * passes, people step in. The explorer looks at one order of what is independent; this looks at some of the others.
 */
export function anyMove(scene: Scene, chance: Chance): Move | undefined {
  if (scene.run.sequence === 0) return chance.pick(movesOf(scene));
  if (chance.isOneIn(8)) return chance.pick(interventions(scene));
  const answers = openOnes(scene).flatMap((open) =>
    open.isOwed ? answersTo(scene, open).filter(({ type }) => type !== 'silence') : [],
  );
  if (answers.length === 0) return chance.pick([pass, ...movesOf(scene)]);

  return chance.isOneIn(7) ? pass : chance.pick(answers);
}

function interventions(scene: Scene): readonly Move[] {
  const { candidates } = scene;
  const ofTasks = openAt(scene).flatMap((task): readonly Intervention[] => [
    { kind: 'skipTask', task },
    { kind: 'resolveTask', task, output: {} },
    ...candidates
      .results(localId(task))
      .slice(0, 1)
      .map((output) => ({ kind: 'resolveTask' as const, task, output })),
  ]);
  const all = [...ofRun.map((kind) => ({ kind }) as Intervention), ...ofTasks, terminate];

  return all.map((command) => ({ type: 'intervene', command }));
}

/** Picks of one way: the same for the same text, in whatever process. */
type Chance = {
  readonly pick: <Item>(items: readonly Item[]) => Item | undefined;
  readonly isOneIn: (count: number) => boolean;
};

/** What looks like chance and is none: a number for a text (FNV-1a), and from it one after the other (mulberry32). */
export function chanceOf(text: string): Chance {
  let state = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) state = Math.imul(state ^ text.charCodeAt(at), 0x01000193);
  const below = (count: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % count;
  };

  return {
    pick: (items) => (items.length === 0 ? undefined : items[below(items.length)]),
    isOneIn: (count) => below(count) === 0,
  };
}
