import { localId } from '../compile/address.ts';
import { isFinal } from '../compile/task-status.ts';
import { firstTimer, type Timer } from '../run/timers.ts';
import { answersTo } from './answers.ts';
import { cutOff } from './cut-off.ts';
import type { Move } from './move.ts';
import { type Open, openOnes } from './owing.ts';
import type { Scene } from './scene.ts';

const pass: Move = { type: 'pass' };

/**
 * What the world may do next, as far as it makes a difference: tasks that run side by side are independent, so one
 * order of their ends stands for all. The first open task is brought to its end before the next is looked at: by an
 * answer, or by time where its timer is the first to go off. Tasks that feed the same `join: any` (or N) may end in any
 * order. Empty when the run is over, stuck, or followed no further (`cutOff`).
 */
export function movesOf(scene: Scene): readonly Move[] {
  const { run, candidates } = scene;
  if (run.sequence === 0) {
    const paces = ['quick', 'slow'] as const;
    return candidates.inputs.flatMap((input) => paces.map((pace): Move => ({ type: 'start', input, pace })));
  }
  if (isFinal(run.state.status) || cutOff(scene) !== undefined) return [];
  if (run.state.status === 'PAUSED') return [{ type: 'intervene', command: { kind: 'resumeRun' } }];
  const open = openOnes(scene);
  const first = firstTimer(run);
  // Once the world is silent to what only a timer around it can end, it is silent altogether.
  if (first === undefined || !open.some((each) => isGivenUp(each))) return inTurn(scene, open, first);

  return [pass];
}

function inTurn(scene: Scene, open: readonly Open[], first: Timer | undefined): readonly Move[] {
  let waitsBefore = false;
  for (const each of open) {
    if (each.isOwed) {
      const answers = withRivals(scene, each, open).flatMap((rival) => answersTo(scene, rival));
      return waitsBefore ? answers.slice(0, 1) : answers;
    }
    if (first !== undefined && each.timer?.dueAt === first.dueAt) return [pass];
    // It chose to wait, and others would be late before it goes on: they answer, and their choices are looked at on
    // the ways on which it did not.
    waitsBefore ||= each.state.state !== 'awaiting';
  }

  return first === undefined ? [] : [pass];
}

function isGivenUp({ isOwed, timer, address, state }: Open): boolean {
  return !isOwed && state.state !== 'retrying' && timer !== undefined && timer.task !== address;
}

/** The tasks beside it of which the one that ends first decides how things go on. */
function withRivals(scene: Scene, first: Open, open: readonly Open[]): readonly Open[] {
  const { plan } = scene.run.chart;
  const id = localId(first.address);
  const prefix = first.address.slice(0, first.address.length - id.length);
  const rivals = new Set(
    [...plan.values()].flatMap(({ task }) =>
      task.join === 'all' || task.join === 'all_done' || !task.dependsOn.includes(id) ? [] : task.dependsOn,
    ),
  );

  return open.filter(
    (each) =>
      each === first ||
      (each.isOwed && each.address === prefix + localId(each.address) && rivals.has(localId(each.address))),
  );
}
