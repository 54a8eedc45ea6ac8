import type { Json } from '../../../events/canonical-json.ts';
import { dueTime } from '../../due-time.ts';
import { knownMs, type WaitTask } from '../../task.ts';
import { withNames } from '../../task-names.ts';
import { type ConfigPart, enter, enterAttempt, latest, newAttempt, type Region } from '../patches.ts';
import type { TaskPlace } from '../plan.ts';
import { regionOf } from '../region.ts';
import type { Patch } from '../region-event.ts';
import type { TaskState } from '../run/run-state.ts';
import { onTimer, totalTimeout } from './attempt-failure.ts';
import { sinks } from './final-failure.ts';
import { doneState, doneStates, membersOf } from './output-mapping.ts';

/**
 * Waits for a time, or for a signal. A signal that came before counts: it is looked for in `arming`, where a time
 * made of expressions is found, too. With neither, somebody has to complete the task by hand.
 */
export function waitRegion(place: TaskPlace & { readonly task: WaitTask }): Region {
  const { id, until, signal } = place.task;
  const done = { target: doneState(place) };
  const asks = until !== undefined || signal !== undefined;
  const awaited: Patch = (task, event) => ({
    ...(asks ? task : newAttempt(task, event)),
    ...dueOf(task, event),
  });
  const dueOf = ({ names }: TaskState, { fact, time }: Parameters<Patch>[1]) => {
    const durationMs = knownMs(withNames(place.task, names).durationMs);
    const due = durationMs === undefined ? armedUntil(fact) : dueTime(time, durationMs);
    return due === undefined ? {} : { until: due };
  };

  return regionOf(place, asks ? 'arming' : 'awaiting', {
    arming: {
      entry: enterAttempt('arming'),
      on: {
        [`signal.taken.${id}`]: { guard: latest, ...done },
        [`wait.armed.${id}`]: { guard: latest, target: 'awaiting' },
        [`task.failed.${id}`]: sinks(place, 'failed', latest),
        ...totalTimeout(place),
      },
    },
    awaiting: {
      entry: enter('awaiting', awaited),
      on: {
        [`timer.fired.wait.elapsed.${id}`]: { guard: latest, ...done },
        'signal.received': done,
        ...overdue(place),
        ...totalTimeout(place),
      },
    },
    ...doneStates(place, waited),
  });
}

function armedUntil(fact: Parameters<Patch>[1]['fact']): string | undefined {
  return fact.type === 'wait.armed' ? fact.data.until : undefined;
}

function overdue(place: TaskPlace & { readonly task: WaitTask }): ConfigPart {
  const { onTimeout, timeoutMs } = place.task;
  const goesOn = [{ guard: latest, target: doneState(place) }];

  return onTimer(
    timeoutMs,
    'task.timeout',
    place,
    onTimeout === 'continue' ? goesOn : sinks(place, 'timed_out', latest),
  );
}

/** The output tells whether time passed first, and of a signal its name and data. */
const waited: Patch = (task, event) => ({ ...task, endedAt: event.time, output: outcome(task, event) });

function outcome({ until }: TaskState, { fact, time }: Parameters<Patch>[1]): Json {
  if (fact.type === 'signal.received' || fact.type === 'signal.taken') {
    const { name, data } = fact.data;
    return { ...membersOf(data), timed_out: false, signal: name, data };
  }
  const tooLate = fact.type === 'timer.fired' && fact.data.timer === 'task.timeout';

  return { timed_out: true, signal: null, data: null, ...(tooLate ? {} : { until: until ?? time }) };
}
