import type { Json } from '../../events/canonical-json.ts';
import type { ForkTask } from '../task.ts';
import { itemsOf } from './body.ts';
import type { Region } from './config.ts';
import { afterPass, bodyListed, openUpTo } from './passes.ts';
import type { Place } from './plan.ts';
import { regionOf } from './region.ts';
import type { Guard, Patch, RegionArgs } from './region-event.ts';
import { change, enter, enterAttempt, latest } from './region-parts.ts';
import type { Body, Item } from './run-state.ts';
import { setbackStates, setbacks, timeouts, totalTimeout } from './setbacks.ts';
import { doneState, doneStates } from './shaping.ts';
import { sinks } from './sinking.ts';
import { tolerates } from './tolerance.ts';

/** The passes that are under way at once where the definition does not say how many. */
const concurrencyDefault = 100;

type ForEachPlace = Place & { readonly task: ForkTask };

/**
 * One pass through the body for every item, so many at a time. What a pass does is kept while it is under way; of one
 * that ended its output, so that the run stays small however long the list is.
 */
export function forEachRegion(place: ForEachPlace): Region {
  const { id, concurrency = concurrencyDefault } = place.task;
  const opened: Patch = (task, event) => ({
    ...task,
    startedAt: event.time,
    body: openUpTo(place, bodyListed(event), concurrency),
  });
  const goneOn: Patch = (task, event) => ({
    ...task,
    body: openUpTo(place, bodyAfter(place, task, event), concurrency),
  });

  return regionOf(place, 'listing', {
    listing: {
      entry: enterAttempt('listing'),
      on: {
        [`items.listed.${id}`]: [
          { guard: listsNothing, target: doneState(place) },
          { guard: latest, target: 'open' },
        ],
        [`task.failed.${id}`]: sinks(place, 'failed', latest),
        ...totalTimeout(place),
      },
    },
    open: {
      entry: enter('open', opened),
      on: {
        'pass.ended': [
          ...setbacks(place, 'failed', tooMany(place)),
          { guard: isLast(place), target: doneState(place) },
          { actions: change(goneOn) },
        ],
        ...timeouts(place),
        ...totalTimeout(place),
      },
    },
    ...setbackStates(place, 'listing'),
    ...doneStates(place, allDone(place)),
  });
}

function bodyAfter(
  place: ForEachPlace,
  task: RegionArgs['context']['task'],
  event: RegionArgs['event'],
): Body {
  return event.pass === undefined
    ? (task.body ?? bodyListed(event))
    : afterPass(place, task, event.pass, false);
}

const listsNothing: Guard = (args) =>
  latest(args) && args.event.fact.type === 'items.listed' && args.event.fact.data.count === 0;

const isLast =
  (place: ForEachPlace): Guard =>
  ({ context, event }) => {
    const { completed, failed, count } = bodyAfter(place, context.task, event);
    return completed + failed === count;
  };

const tooMany =
  (place: ForEachPlace): Guard =>
  ({ context, event }) => {
    const { failed, count = 0 } = bodyAfter(place, context.task, event);
    return event.pass?.error !== undefined && !tolerates(place.task, failed, count);
  };

/** `results` in the order of the items, null for one that failed; `failures` says which and why. */
function allDone(place: ForEachPlace): Patch {
  return ({ error: _overcome, ...task }, event) => {
    const body = bodyAfter(place, task, event);
    const ended = [...itemsOf(body)];
    const output = {
      results: ended.map(([, { output = null }]) => output),
      failures: ended.flatMap(([index, item]) => failureOf(index, item)),
      total: body.count ?? 0,
      succeeded: body.completed,
      failed: body.failed,
    };

    return { ...task, endedAt: event.time, body, output };
  };
}

function failureOf(index: number, { error }: Item): readonly Json[] {
  if (error === undefined) return [];
  const { code, message } = error;

  return [{ index, code, message }];
}
