import type { ForkTask } from '../task.ts';
import type { ConfigPart, Region } from './config.ts';
import { forEachRegion } from './for-each.ts';
import { newAttempt } from './patches.ts';
import type { Place } from './plan.ts';
import { regionOf } from './region.ts';
import type { Guard, Patch } from './region-event.ts';
import { announce, enter } from './region-parts.ts';
import type { RunState } from './run-state.ts';
import { setbackStates, setbacks, timeouts, totalTimeout } from './setbacks.ts';
import { doneState, doneStates } from './shaping.ts';
import { isCompleted, isFailed, isSettledIn } from './task-status.ts';
import { tolerates } from './tolerance.ts';

/** Work side by side: branches that the definition lists, or one pass through a body for every item of a list. */
export function forkRegion(place: Place & { readonly task: ForkTask }): Region {
  return place.branches === undefined ? forEachRegion(place) : branchesRegion(place, place.branches);
}

/**
 * The tasks of the branches stand beside the FORK, so that others can wait for them and read them; the FORK is open
 * until all of them are settled.
 */
function branchesRegion(place: Place & { readonly task: ForkTask }, branches: Branches): Region {
  return regionOf(place, 'open', {
    open: {
      entry: [
        enter('open', (task, event) => ({ ...newAttempt(task, event), startedAt: event.time })),
        announce('opened'),
      ],
      on: {
        ...branchEvents(place, branches),
        ...timeouts(place),
        ...totalTimeout(place),
      },
    },
    ...setbackStates(place, 'open'),
    ...doneStates(place, branchesDone(branches)),
  });
}

type Branches = readonly (readonly string[])[];

function branchEvents(place: Place & { readonly task: ForkTask }, branches: Branches): ConfigPart {
  const all = branches.flat();
  const done: Guard = ({ event }) => all.every((id) => isSettledIn(event.run.tasks, id));
  const words = ['look', `opened.${place.task.id}`, ...all.map((id) => `settled.${id}`)];
  const settled = words.map((word): [string, ConfigPart] => [
    word,
    { guard: done, target: doneState(place) },
  ]);
  const tooMany: Guard = ({ event }) => {
    const failed = branches.filter((ids) => ids.some((id) => hasFailed(event.run.tasks, id))).length;
    return !tolerates(place.task, failed, branches.length);
  };

  return { ...Object.fromEntries(settled), 'part.failed': setbacks(place, 'failed', tooMany) };
}

/** The outputs of the last tasks of the branches, by their ids. */
function branchesDone(branches: Branches): Patch {
  const ends = branches.flatMap((ids) => ids.slice(-1));

  return ({ error: _overcome, ...task }, { time, run }) => ({
    ...task,
    endedAt: time,
    output: Object.fromEntries(
      ends.flatMap((id) => {
        const end = run.tasks[id];
        return end !== undefined && isCompleted(end) ? [[id, end.output ?? null]] : [];
      }),
    ),
  });
}

function hasFailed(tasks: RunState['tasks'], id: string): boolean {
  const task = tasks[id];

  return task !== undefined && isFailed(task) && task.state !== 'caught';
}
