import type { Json } from '../../../events/canonical-json.ts';
import type { ForkTask } from '../../task.ts';
import {
  announce,
  type ConfigPart,
  change,
  enter,
  enterAttempt,
  latest,
  newAttempt,
  type Region,
} from '../patches.ts';
import type { TaskPlace } from '../plan.ts';
import { regionOf } from '../region.ts';
import type { Guard, Patch, RegionArgs } from '../region-event.ts';
import type { Body, Item, RunState } from '../run/run-state.ts';
import { isCompleted, isFailed, isSettledIn } from '../task-status.ts';
import { setbackStates, setbacks, timeouts, totalTimeout } from './attempt-failure.ts';
import { itemsOf } from './body.ts';
import { afterPass, bodyListed, openUpTo } from './do-while.ts';
import { sinks } from './final-failure.ts';
import { doneState, doneStates } from './output-mapping.ts';

/** The passes that are under way at once where the definition does not say how many. */
const concurrencyDefault = 100;

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

/** Work side by side: branches that the definition lists, or one pass through a body for every item of a list. */
export function forkRegion(place: TaskPlace & { readonly task: ForkTask }): Region {
  return place.branches === undefined ? forEachRegion(place) : branchesRegion(place, place.branches);
}

/**
 * The tasks of the branches stand beside the FORK, so that others can wait for them and read them; the FORK is open
 * until all of them are settled.
 */
function branchesRegion(place: TaskPlace & { readonly task: ForkTask }, branches: Branches): Region {
  return regionOf(place, 'open', {
    open: {
      entry: [
        enter('open', (task, event) => ({ ...newAttempt(task, event), startedAt: event.time })),
        announce('opened'),
      ],
      on: {
        ...branchEvents(place, branches),
        ...timeouts(place),
        ...totalTimeout(place),
      },
    },
    ...setbackStates(place, 'open'),
    ...doneStates(place, branchesDone(branches)),
  });
}

type Branches = readonly (readonly string[])[];

function branchEvents(place: TaskPlace & { readonly task: ForkTask }, branches: Branches): ConfigPart {
  const all = branches.flat();
  const done: Guard = ({ event }) => all.every((id) => isSettledIn(event.run.tasks, id));
  const words = ['look', `opened.${place.task.id}`, ...all.map((id) => `settled.${id}`)];
  const settled = words.map((word): [string, ConfigPart] => [
    word,
    { guard: done, target: doneState(place) },
  ]);
  const tooMany: Guard = ({ event }) => {
    const failed = branches.filter((ids) => ids.some((id) => hasFailed(event.run.tasks, id))).length;
    return !tolerates(place.task, failed, branches.length);
  };

  return { ...Object.fromEntries(settled), 'part.failed': setbacks(place, 'failed', tooMany) };
}

/** The outputs of the last tasks of the branches, by their ids. */
function branchesDone(branches: Branches): Patch {
  const ends = branches.flatMap((ids) => ids.slice(-1));

  return ({ error: _overcome, ...task }, { time, run }) => ({
    ...task,
    endedAt: time,
    output: Object.fromEntries(
      ends.flatMap((id) => {
        const end = run.tasks[id];
        return end !== undefined && isCompleted(end) ? [[id, end.output ?? null]] : [];
      }),
    ),
  });
}

function hasFailed(tasks: RunState['tasks'], id: string): boolean {
  const task = tasks[id];

  return task !== undefined && isFailed(task) && task.state !== 'caught' && task.isOutrun !== true;
}

type ForEachPlace = TaskPlace & { readonly task: ForkTask };

/**
 * One pass through the body for every item, so many at a time. What a pass does is kept while it is under way; of one
 * that ended its output, so that the run stays small however long the list is.
 */
function forEachRegion(place: ForEachPlace): Region {
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

/** Whether a FORK goes on although `failed` of its `total` items or branches have failed. */
export function tolerates({ tolerateFailures = 0 }: ForkTask, failed: number, total: number): boolean {
  if (typeof tolerateFailures === 'number') return failed <= tolerateFailures;
  const percent = Number(tolerateFailures.slice(0, -1));

  return failed * 100 <= percent * total;
}
