import {
  assigned,
  beating,
  begun,
  type ConfigPart,
  change,
  enter,
  enterAttempt,
  latest,
  markFinished,
  type Region,
  settledState,
  takenAway,
} from '../patches.ts';
import type { TaskPlace } from '../plan.ts';
import { regionOf } from '../region.ts';
import type { Guard } from '../region-event.ts';
import { onTimer, setbackStates, setbacks, timeouts, totalTimeout } from './attempt-failure.ts';
import { sinks } from './final-failure.ts';

/**
 * A task that somebody outside of the core carries out, one attempt after another until one completes or none is left:
 * `scheduled -> in_progress -> completed`, by `retrying` back to `scheduled`, or down (see sinking.ts).
 */
export function attemptedRegion(place: TaskPlace): Region {
  const { id, queueTimeoutMs, heartbeatTimeoutMs } = place.task;

  return regionOf(place, 'scheduled', {
    scheduled: {
      entry: enterAttempt('scheduled'),
      on: {
        [`task.assigned.${id}`]: { guard: latest, actions: change(assigned) },
        [`task.started.${id}`]: { guard: latest, target: 'in_progress' },
        // Nobody took it: another attempt would wait in the same queue.
        ...onTimer(queueTimeoutMs, 'task.queue-timeout', place, sinks(place, 'timed_out', latest)),
        ...outcomes(place),
      },
    },
    in_progress: {
      entry: enter('in_progress', begun),
      on: {
        // Carried out anew after a crash, under the same key: its time-outs count from then.
        [`task.started.${id}`]: { guard: latest, target: 'in_progress', reenter: true },
        [`task.assigned.${id}`]: [
          { guard: isTaken, target: 'scheduled', actions: change(takenAway) },
          // The worker that had it is gone, and its agent has no other.
          { guard: latest, actions: change(assigned) },
        ],
        [`task.heartbeat.${id}`]: { guard: latest, actions: change(beating) },
        ...onTimer(heartbeatTimeoutMs, 'task.heartbeat-timeout', place, setbacks(place, 'timed_out')),
        ...timeouts(place),
        ...outcomes(place),
      },
    },
    ...setbackStates(place, 'scheduled'),
    completed: settledState('completed', markFinished),
  });
}

/** Somebody gives it to another agent although a worker has begun it. */
const isTaken: Guard = (args) => {
  const { fact } = args.event;

  return latest(args) && fact.type === 'task.assigned' && fact.data.taken !== undefined;
};

/** How an attempt may end, whether its start was recorded or not. */
function outcomes(place: TaskPlace): ConfigPart {
  const { id } = place.task;

  return {
    [`task.completed.${id}`]: { guard: latest, target: 'completed' },
    [`task.failed.${id}`]: setbacks(place, 'failed'),
    ...totalTimeout(place),
  };
}
