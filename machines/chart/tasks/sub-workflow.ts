import type { SubWorkflowTask } from '../../task.ts';
import { enter, enterAttempt, latest, type Region } from '../patches.ts';
import type { TaskPlace } from '../plan.ts';
import { regionOf } from '../region.ts';
import type { Guard, Patch } from '../region-event.ts';
import { setbackStates, setbacks, timeouts, totalTimeout } from './attempt-failure.ts';
import { doneState, doneStates } from './output-mapping.ts';

/**
 * Another run carries the task out. It is named in the journal before it is started, so that an engine which lost the
 * run without noticing cannot start one that nobody knows of; its end is recorded here before the task is settled.
 */
export function subWorkflowRegion(place: TaskPlace & { readonly task: SubWorkflowTask }): Region {
  const { id } = place.task;

  return regionOf(place, 'scheduled', {
    scheduled: {
      entry: enterAttempt('scheduled'),
      on: {
        [`child.started.${id}`]: { guard: latest, target: 'delegated' },
        [`task.failed.${id}`]: setbacks(place, 'failed'),
        ...totalTimeout(place),
      },
    },
    delegated: {
      entry: enter('delegated', delegated(place.task)),
      on: {
        [`child.ended.${id}`]: [{ guard: didIt, target: doneState(place) }, ...setbacks(place, 'failed')],
        ...timeouts(place),
        ...totalTimeout(place),
      },
    },
    ...setbackStates(place, 'scheduled'),
    ...doneStates(place, childOutput),
  });
}

/** `STARTED`: the task only starts the other run. */
const didIt: Guard = (args) => {
  const { fact } = args.event;
  if (fact.type !== 'child.ended' || !latest(args)) return false;

  return fact.data.status === 'COMPLETED' || fact.data.status === 'STARTED';
};

function delegated({ onParentClose }: SubWorkflowTask): Patch {
  const abandon = onParentClose === 'abandon' ? { abandon: true as const } : {};

  return (task, { fact, time }) => {
    if (fact.type !== 'child.started') return task;
    const { run, definition, input, station } = fact.data;
    const place = station === undefined ? {} : { station };

    return { ...task, startedAt: time, child: { run, definition, input, ...abandon, ...place } };
  };
}

const childOutput: Patch = ({ error: _overcome, ...task }, { fact, time }) => ({
  ...task,
  endedAt: time,
  ...(fact.type === 'child.ended' ? { output: fact.data.output ?? null } : {}),
});
