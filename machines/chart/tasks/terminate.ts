import type { TerminateTask } from '../../task.ts';
import { announce, ended, enter, enterAttempt, type Region } from '../patches.ts';
import type { TaskPlace } from '../plan.ts';
import { regionOf } from '../region.ts';
import type { Patch } from '../region-event.ts';
import { sinks } from './final-failure.ts';

/** Ends the run with the status that the definition gives, or only the branch or pass that it is in. */
export function terminateRegion(place: TaskPlace & { readonly task: TerminateTask }): Region {
  const { id, scope, status } = place.task;
  if (scope === 'body') return bodyEnds(place, status === 'FAILED' ? 'failed' : 'completed');

  return regionOf(place, 'scheduled', {
    scheduled: {
      entry: enterAttempt('scheduled'),
      on: {
        [`termination.reached.${id}`]: { target: 'completed' },
        [`task.failed.${id}`]: sinks(place, 'failed'),
      },
    },
    completed: { entry: [enter('completed', ended), announce('ended')] },
  });
}

/** A failure takes the body with it like that of any task; where it is completed, what is left of it is given up. */
function bodyEnds(place: TaskPlace, end: 'completed' | 'failed'): Region {
  const { id } = place.task;
  const given: Patch = (task, event) => ({
    ...ended(task, event),
    ...(event.fact.type === 'termination.reached' ? { output: event.fact.data.output ?? null } : {}),
  });

  return regionOf(place, 'scheduled', {
    scheduled: {
      entry: enterAttempt('scheduled'),
      on: {
        [`termination.reached.${id}`]: { target: end },
        [`task.failed.${id}`]: sinks(place, 'failed'),
      },
    },
    completed: { entry: [enter('completed', given), announce('chosen'), announce('settled')] },
  });
}
