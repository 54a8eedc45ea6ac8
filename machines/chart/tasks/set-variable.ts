import { enterAttempt, type Region } from '../patches.ts';
import type { TaskPlace } from '../plan.ts';
import { regionOf } from '../region.ts';
import type { Patch } from '../region-event.ts';
import { sinks } from './final-failure.ts';
import { doneState, doneStates } from './output-mapping.ts';

/** Changes variables of the run; its output is what it set. */
export function setVariableRegion(place: TaskPlace): Region {
  const { id } = place.task;

  return regionOf(place, 'scheduled', {
    scheduled: {
      entry: enterAttempt('scheduled'),
      on: {
        [`variables.set.${id}`]: { target: doneState(place) },
        [`task.failed.${id}`]: sinks(place, 'failed'),
      },
    },
    ...doneStates(place, variablesSet),
  });
}

const variablesSet: Patch = (task, { fact, time }) => ({
  ...task,
  endedAt: time,
  ...(fact.type === 'variables.set' ? { output: fact.data.values } : {}),
});
