import { breaksOf, type DoWhileTask } from '../../task.ts';
import type { EndedPass } from '../chart-event.ts';
import { type ConfigPart, change, enter, enterAttempt, latest, newAttempt, type Region } from '../patches.ts';
import type { TaskPlace } from '../plan.ts';
import { regionOf } from '../region.ts';
import type { Guard, Patch, RegionEvent } from '../region-event.ts';
import type { Body, Item, TaskState } from '../run/run-state.ts';
import { isCompleted } from '../task-status.ts';
import { setbackStates, setbacks, timeouts, totalTimeout } from './attempt-failure.ts';
import { emptyBody, itemAt, itemsOf, openNext, passOutput, withBodyItem } from './body.ts';
import { sinks } from './final-failure.ts';
import { doneState, doneStates } from './output-mapping.ts';

type LoopPlace = TaskPlace & { readonly task: DoWhileTask };

/**
 * One pass through the body after another: for every item of a list, or while the condition holds, which is looked at
 * after each. The tasks of the latest pass can be read from outside; the journal keeps all.
 */
export function doWhileRegion(place: LoopPlace): Region {
  const { items, loopCondition } = place.task;
  const again = items === undefined ? 'open' : 'listing';
  const ended = loopCondition === undefined ? listedEnds(place) : [{ target: 'looping' }];

  return regionOf(place, again, {
    listing: listingState(place),
    open: {
      entry: enter('open', opened(place)),
      on: {
        'pass.ended': [...setbacks(place, 'failed', passFailed), ...breaking(place), ...ended],
        ...timeouts(place),
        ...totalTimeout(place),
      },
    },
    ...(loopCondition === undefined ? {} : { looping: loopingState(place) }),
    ...setbackStates(place, again),
    ...doneStates(place, loopDone(place)),
  });
}

function listingState(place: LoopPlace): ConfigPart {
  const { id } = place.task;
  const nothing: Guard = (args) =>
    latest(args) && args.event.fact.type === 'items.listed' && args.event.fact.data.count === 0;

  return {
    entry: enterAttempt('listing'),
    on: {
      [`items.listed.${id}`]: [
        { guard: nothing, target: doneState(place) },
        { guard: latest, target: 'open' },
      ],
      [`task.failed.${id}`]: sinks(place, 'failed', latest),
      ...totalTimeout(place),
    },
  };
}

function loopingState(place: LoopPlace): ConfigPart {
  const { id, maxIterations } = place.task;
  const holds: Guard = (args) =>
    latest(args) && args.event.fact.type === 'loop.evaluated' && args.event.fact.data.result;
  const more: Guard = (args) => holds(args) && hasMore(args.context.task.body);
  const endless: Guard = (args) => more(args) && (args.context.task.body?.opened ?? 0) >= maxIterations;

  return {
    entry: enter('looping', (task, event) => ({ ...task, body: bodyAfter(place, task, event) })),
    on: {
      [`loop.evaluated.${id}`]: [
        ...sinks(place, 'failed', endless),
        { guard: more, target: 'open' },
        { guard: latest, target: doneState(place) },
      ],
      [`task.failed.${id}`]: sinks(place, 'failed', latest),
      ...timeouts(place),
      ...totalTimeout(place),
    },
  };
}

function hasMore(body: Body | undefined): boolean {
  return body?.count === undefined || body.opened < body.count;
}

function listedEnds(place: LoopPlace): readonly ConfigPart[] {
  const isLast: Guard = ({ context, event }) => {
    const { completed, count = 1 } = bodyAfter(place, context.task, event);
    return completed === count;
  };
  const goneOn: Patch = (task, event) => ({
    ...task,
    body: openUpTo(place, bodyAfter(place, task, event), 1),
  });

  return [{ guard: isLast, target: doneState(place) }, { actions: change(goneOn) }];
}

/** A break in the pass ends the loop, whatever its condition says and whatever is left of its list. */
function breaking(place: LoopPlace): readonly ConfigPart[] {
  const breaks = breaksOf(place.task);
  const isLeft: Guard = ({ event }) => exitOf(breaks, event.pass?.tasks) !== undefined;

  return breaks.length === 0 ? [] : [{ guard: isLeft, target: doneState(place) }];
}

function exitOf(breaks: readonly string[], tasks: Item['tasks'] = {}): string | undefined {
  return breaks.find((id) => tasks[id] !== undefined && isCompleted(tasks[id]));
}

const passFailed: Guard = ({ event }) => event.pass?.error !== undefined;

/** The first pass of an attempt is opened, or after the condition held the next one. */
function opened(place: LoopPlace): Patch {
  return (task, event) => {
    if (task.state === 'looping') return { ...task, body: openUpTo(place, bodyAfter(place, task, event), 1) };
    // What begins within an event about another task has nothing to do with the list of that.
    const isListed = task.state === 'listing';
    const begun = isListed ? task : newAttempt(task, event);
    const body = isListed ? bodyListed(event) : emptyBody();

    return { ...begun, startedAt: event.time, body: openUpTo(place, body, 1) };
  };
}

/** Outputs of passes that nobody can ask for any more are left out. */
function bodyAfter(place: LoopPlace, task: TaskState, event: RegionEvent): Body {
  if (event.pass === undefined) return task.body ?? bodyListed(event);
  const { index } = event.pass;
  const { keepLast } = place.task;
  let body = afterPass(place, task, event.pass, true);
  if (place.body?.undoable === true) return body;
  if (index > 0) body = withoutTasks(body, index - 1);
  const kept = Math.max(keepLast, 1);
  if (index >= kept) body = withBodyItem(body, index - kept, null);

  return body;
}

function withoutTasks(body: Body, index: number): Body {
  const before = itemAt(body, index);
  if (before === undefined) return body;
  const { tasks: _read, ...rest } = before;

  return withBodyItem(body, index, rest);
}

function loopDone(place: LoopPlace): Patch {
  return ({ error: _overcome, ...task }, event) => {
    const body = bodyAfter(place, task, event);
    const outputs = [...itemsOf(body)].map(([, { output = null }]) => output);
    const { keepLast } = place.task;
    const results = keepLast === 0 ? [] : outputs.slice(-keepLast);

    const breaks = breaksOf(place.task);
    const exit = breaks.length === 0 ? {} : { exit: exitOf(breaks, event.pass?.tasks) ?? null };

    return { ...task, endedAt: event.time, body, output: { iteration: body.opened, results, ...exit } };
  };
}

/** The body of a task after a pass through it ended; `keep`: its tasks can be read from outside. */
export function afterPass(place: TaskPlace, task: TaskState, pass: EndedPass, keep: boolean): Body {
  const body = task.body ?? emptyBody();
  const failed = pass.error !== undefined;
  const tasks = keep || failed || place.body?.undoable === true ? { tasks: pass.tasks } : {};
  const item: Item = failed
    ? { state: 'failed', error: pass.error, ...tasks }
    : { state: 'completed', output: passOutput(pass.tasks), ...tasks };
  const next = withBodyItem(body, pass.index, item);

  return failed ? { ...next, failed: body.failed + 1 } : { ...next, completed: body.completed + 1 };
}

/** Opens passes until so many are under way, or none is left. */
export function openUpTo(place: TaskPlace, body: Body, underWayMax: number): Body {
  let next = body;
  while (underWay(next) < underWayMax && next.opened < (next.count ?? Number.POSITIVE_INFINITY)) {
    next = openNext(next, place.body?.tasks ?? {});
  }

  return next;
}

/** The passes that were opened and have not ended. */
export function underWay({ opened, completed, failed }: Body): number {
  return opened - completed - failed;
}

/** A body with the items that the event lists; without, one whose passes nobody has counted. */
export function bodyListed({ fact }: RegionEvent): Body {
  if (fact.type !== 'items.listed') return emptyBody();
  const { items, count } = fact.data;

  return emptyBody({ items, count });
}
