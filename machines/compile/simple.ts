import type { TimerKind } from '../../events/timer-events.ts';
import { dueTime } from '../due-time.ts';
import type { SimpleTask } from '../task.ts';
import { retryDelayMs } from './backoff.ts';
import type { ConfigPart, Region } from './config.ts';
import { beating, begun, finished, troubled } from './patches.ts';
import type { Place } from './plan.ts';
import {
  alert,
  change,
  enter,
  enterAttempt,
  type Guard,
  latest,
  mayRetry,
  regionOf,
  settledState,
  sinking,
} from './region.ts';

/**
 * One attempt after another until one completes or none is left:
 * `scheduled -> in_progress -> completed`, by `retrying` back to `scheduled`, or down (see `sinking`).
 */
export function simpleRegion(place: Place & { readonly task: SimpleTask }): Region {
  const { id } = place.task;

  return regionOf(place, 'scheduled', {
    scheduled: {
      entry: enterAttempt('scheduled'),
      on: {
        [`task.started.${id}`]: { guard: latest, target: 'in_progress' },
        ...when(
          place.task.queueTimeoutMs,
          'task.queue-timeout',
          place,
          setbacks(place, 'timed_out').slice(-1),
        ),
        ...outcomes(place),
      },
    },
    in_progress: {
      entry: enter('in_progress', begun),
      on: {
        // Carried out anew after a crash, under the same key: its time-outs count from then.
        [`task.started.${id}`]: { guard: latest, target: 'in_progress', reenter: true },
        [`task.heartbeat.${id}`]: { guard: latest, actions: change(beating) },
        ...when(place.task.heartbeatTimeoutMs, 'task.heartbeat-timeout', place, setbacks(place, 'timed_out')),
        ...when(place.task.timeoutMs, 'task.timeout', place, timeouts(place)),
        ...outcomes(place),
      },
    },
    retrying: {
      entry: enter('retrying', (task, event, run) => ({
        ...troubled(task, event, run),
        retryAt: dueTime(
          event.time,
          retryDelayMs(place.task.retry, task.attempt, `${run.run}/${id}/${task.attempt}`),
        ),
      })),
      on: {
        [`timer.fired.task.retry.${id}`]: { guard: latest, target: 'scheduled' },
        ...totalTimeout(place),
      },
    },
    completed: settledState('completed', finished),
  });
}

/** How an attempt may end, whether its start was recorded or not. */
function outcomes(place: Place): ConfigPart {
  const { id } = place.task;

  return {
    [`task.completed.${id}`]: { guard: latest, target: 'completed' },
    [`task.failed.${id}`]: setbacks(place, 'failed'),
    ...totalTimeout(place),
  };
}

function setbacks(place: Place, end: 'failed' | 'timed_out'): readonly ConfigPart[] {
  const again = mayRetry(place);
  const retries: Guard = (args) => latest(args) && again(args);

  return [
    ...(place.task.retry.maxAttempts > 1 ? [{ guard: retries, target: 'retrying' }] : []),
    { guard: latest, target: sinking(place, end) },
  ];
}

function timeouts(place: Place): readonly ConfigPart[] {
  const { timeoutPolicy } = place.task;
  if (timeoutPolicy === 'alert') return [{ guard: latest, ...alert() }];
  if (timeoutPolicy === 'fail') return [{ guard: latest, target: sinking(place, 'timed_out') }];

  return setbacks(place, 'timed_out');
}

function totalTimeout(place: Place): ConfigPart {
  return when(place.task.totalTimeoutMs, 'task.total-timeout', place, [
    { target: sinking(place, 'timed_out') },
  ]);
}

/** What a timer leads to, for a task that has the timer. */
function when(
  ms: number | undefined,
  timer: TimerKind,
  place: Place,
  leads: readonly ConfigPart[],
): ConfigPart {
  return ms === undefined ? {} : { [`timer.fired.${timer}.${place.task.id}`]: leads };
}
