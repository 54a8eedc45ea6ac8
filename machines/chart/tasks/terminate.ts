import type { TerminateTask } from '../../task.ts';
import { announce, ended, enter, enterAttempt, type Region } from '../patches.ts';
import type { TaskPlace } from '../plan.ts';
import { regionOf } from '../region.ts';
import { sinks } from './final-failure.ts';

/** Ends the run with the status that the definition gives. */
export function terminateRegion(place: TaskPlace & { readonly task: TerminateTask }): Region {
  const { id } = place.task;

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
