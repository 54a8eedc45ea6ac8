import type { Json } from '../../events/canonical-json.ts';
import type { JoinTask } from '../task.ts';
import type { Region } from './config.ts';
import type { Place } from './plan.ts';
import { regionOf } from './region.ts';
import type { Patch } from './region-event.ts';
import type { TaskState } from './run-state.ts';
import { doneState, doneStates } from './shaping.ts';
import { isCompleted } from './task-status.ts';

/** Waits as its join rule says (see join.ts) and completes with what it waited for: a map from id to output. */
export function joinRegion(
  place: Place & { readonly task: JoinTask },
  plan: ReadonlyMap<string, Place>,
): Region {
  const { joinOn, dependsOn } = place.task;
  const joined = (joinOn.length > 0 ? joinOn : dependsOn).map((id) => ({
    id,
    // A FORK with branches stands for the ends of its branches, whose outputs its own output is.
    spread: plan.get(id)?.branches !== undefined,
  }));
  const join: Patch = (task, { time, run }) => ({
    ...task,
    endedAt: time,
    output: Object.fromEntries(joined.flatMap(({ id, spread }) => outputsOf(id, run.tasks[id], spread))),
  });

  return regionOf(place, doneState(place), doneStates(place, join));
}

function outputsOf(
  id: string,
  task: TaskState | undefined,
  spread: boolean,
): readonly (readonly [string, Json])[] {
  if (task === undefined || !isCompleted(task)) return [];
  const { output = null } = task;
  if (!spread || output === null || typeof output !== 'object' || Array.isArray(output))
    return [[id, output]];

  return Object.entries(output);
}
