import { enterAttempt, latest, markFinished, type Region, settledState } from '../patches.ts';
import type { TaskPlace } from '../plan.ts';
import { regionOf } from '../region.ts';
import { sinks } from './final-failure.ts';

/** A value made of expressions, without a worker: the engine evaluates it and records the output. */
export function transformRegion(place: TaskPlace): Region {
  const { id } = place.task;

  return regionOf(place, 'scheduled', {
    scheduled: {
      entry: enterAttempt('scheduled'),
      on: {
        [`task.completed.${id}`]: { guard: latest, target: 'completed' },
        [`task.failed.${id}`]: sinks(place, 'failed', latest),
      },
    },
    completed: settledState('completed', markFinished),
  });
}
