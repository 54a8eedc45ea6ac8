import { answersTo } from '../explore/answers.ts';
import type { Move } from '../explore/move.ts';
import { movesOf } from '../explore/moves.ts';
import { openOnes, silenceKey } from '../explore/owing.ts';
import type { Scene } from '../explore/scene.ts';
import { take } from '../explore/take.ts';
import { decide } from '../run/decide.ts';
import { firstTimer } from '../run/timers.ts';
import { type SaidMove, saidMove } from './said-move.ts';
import type { TestCase } from './test-case.ts';

/** The moves that a case comes to, and the scene that they end in. `problem` says why they end early. */
export type CaseMoves = {
  readonly moves: readonly Move[];
  readonly last: Scene;
  /** What of the case came into play: `results.build`, and up to which place where that is a list, from 0. */
  readonly used: ReadonlyMap<string, number>;
  readonly problem?: string;
};

/** More than any case needs whose definition has no loop without end. */
const movesMax = 1_000;

/** Plays a case from its start on: where it says nothing, the plainest thing happens. */
export function caseMoves(first: Scene, given: TestCase, start: Move): CaseMoves {
  const used = new Map<string, number>();
  const sent = new Set<string>();
  const moves: Move[] = [start];
  const begun = take(first, start);
  if (begun === undefined) return { moves: [], last: first, used, problem: 'the run cannot be started' };
  let last = begun;
  while (moves.length <= movesMax) {
    const [wanted, ...others] = nextMoves(last, given, sent);
    if (wanted === undefined) return { moves, last, used };
    const taken = firstTaken(last, [wanted, ...others]);
    const { place, index = 0 } = wanted;
    if (place !== undefined) used.set(place, Math.max(index, used.get(place) ?? 0));
    if (wanted.move.type === 'signal' && wanted.waiting !== undefined) sent.add(wanted.waiting);
    if (taken === undefined) return { moves, last, used, problem: refused(last, wanted) };
    moves.push(taken.move);
    last = taken.scene;
  }

  return { moves, last, used, problem: `the run is not over after ${movesMax} moves` };
}

/** A move, where the case says so, and the attempt that waits for it. */
type Wanted = Partial<SaidMove> & { readonly move: Move; readonly waiting?: string };

/** What the case says, or else all that may happen. None when nothing more will. */
function nextMoves(scene: Scene, given: TestCase, sent: ReadonlySet<string>): readonly Wanted[] {
  // By itself a run that was paused is paused for ever; only whoever expects that leaves it so.
  if (given.expect.status === 'PAUSED' && scene.run.state.status === 'PAUSED') return [];
  const moves = movesOf(scene).map((move) => ({ move }));
  const [first] = moves;
  if (first === undefined || first.move.type === 'pass' || first.move.type === 'intervene') return moves;
  // What is silent and has no timer is left to be so: others may go on.
  const { silent, run } = scene;
  const open = openOnes(scene).find(
    ({ isOwed, address, state }) => isOwed && !silent.has(silenceKey(address, state.attempt)),
  );
  if (open === undefined) return firstTimer(run) === undefined ? [] : [{ move: { type: 'pass' } }];
  const said = saidMove(scene, open, { given, sent });
  const waiting = silenceKey(open.address, open.state.attempt);

  return said === undefined ? answersTo(scene, open).map((move) => ({ move })) : [{ ...said, waiting }];
}

function firstTaken(scene: Scene, wanted: readonly Wanted[]) {
  for (const { move } of wanted) {
    const next = take(scene, move);
    if (next !== undefined) return { move, scene: next };
  }

  return undefined;
}

function refused({ run }: Scene, { move, place = 'the run' }: Wanted): string {
  const { type } = move;
  if (type !== 'approve' && type !== 'reject') return `${place}: the run does not take it`;
  const decision = decide(run, { ...move, kind: type });

  return `${place}: ${decision.ok ? 'the run does not take it' : decision.refusal.message}`;
}
