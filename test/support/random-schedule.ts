// What happens to a run, move by move: what workers, people, clocks and the network do, in any order. A move names a
// kind and a number that chooses among what is possible then; a kind that is not possible then is passed over.
import fc from 'fast-check';

export type MoveKind = keyof typeof weights;
export type Move = readonly [kind: MoveKind, choice: number];
export type Schedule = readonly Move[];

/** How often each kind comes: most moves carry work out, so that runs get somewhere before they are disturbed. */
const weights = {
  work: 42,
  fail: 14,
  start: 6,
  beat: 2,
  timer: 8,
  approve: 5,
  reject: 2,
  signal: 4,
  stale: 7,
  pause: 2,
  resume: 3,
  cancel: 1,
  terminate: 1,
  retry: 4,
  rerun: 3,
  skip: 2,
  resolve: 2,
  drop: 1,
  oversize: 1,
} as const;

const moveKinds = Object.keys(weights) as readonly MoveKind[];
const byNumber = moveKinds.flatMap((kind) => Array.from({ length: weights[kind] }, () => kind));
const choicesMax = 60;

/** Schedules of up to `movesMax` moves; what is left of the run afterwards is carried out without trouble. */
export function schedules(movesMax: number): fc.Arbitrary<Schedule> {
  const number = fc.nat({ max: byNumber.length * choicesMax - 1 });

  return fc.array(number, { maxLength: movesMax, size: 'max' }).map((numbers) => numbers.map(moveOf));
}

function moveOf(number: number): Move {
  return [byNumber[number % byNumber.length] ?? 'work', Math.floor(number / byNumber.length)];
}
