import type { Chart } from './chart.ts';
import { type Announcement, type ChartEvent, endOfPass } from './chart-event.ts';
import { childRunsOf } from './run/run-exit.ts';
import type { RunState } from './run/run-state.ts';
import { becameUndoable, forkConcerned, orphansOf, standsIn, type TaskChange } from './run/task-change.ts';
import type { AnnouncementOf, ChartScope, Way } from './scope.ts';
import {
  type Address,
  bodyOf,
  bodyPrefix,
  keptPass,
  type Owner,
  passOf,
  withBody,
  withEarlier,
} from './task-at.ts';
import { allSettled, isOpenBody } from './task-status.ts';
import { draftOf } from './task-table.ts';
import { arrived, type Transitioned } from './tasks/arrival.ts';
import { withBodyItem } from './tasks/body.ts';

/** The dispatch of one event through the regions of a run. */
export type Walk = {
  /** Passes the event, under the name `type`, to a task; returns whether its region takes it. */
  readonly offer: (id: string, type: string) => boolean;
  readonly offerAt: (address: Address, type: string) => boolean;
  /** Ends the task's pass if nothing in it is open any more. */
  readonly endPassOf: (address: Address) => void;
  /** The state of the run after the event and all its announcements. */
  readonly finish: () => Transitioned;
};

export function createWalk(chart: Chart, before: RunState, event: ChartEvent): Walk {
  const way: Way = { chart, before, event, changed: new Map(), orphans: [], undoable: [] };
  const root = levelOf(way, before, before.tasks, '');

  return {
    offer: (id, type) => offer(root, id, type),
    offerAt: ({ owners, id }, type) => descend(root, owners, (level) => offer(level, id, type)),
    endPassOf: ({ owners }) => void descend(root, owners, ({ tasks }) => allSettled({ tasks })),
    finish: () => {
      drain(root);
      return arrived(root);
    },
  };
}

function descend(
  level: ChartScope,
  [owner, ...rest]: readonly Owner[],
  act: (level: ChartScope) => boolean,
): boolean {
  if (owner === undefined) return act(level);
  const task = level.tasks[owner.id];
  const undoes = level.way.before.phase === 'compensating';
  const open = task !== undefined && isOpenBody(task) && passOf(task, owner)?.state === 'open';
  if (!open && !undoes) return false;

  return inPass(level, owner, (inner) => descend(inner, rest, act));
}

type Extra = Pick<ChartEvent, 'pass' | 'cause'>;

function offer(level: ChartScope, id: string, type: string, extra: Extra = {}): boolean {
  const { way, run, prefix } = level;
  const from = level.tasks[id];
  const region = way.chart.regions.get(id);
  if (from === undefined || region === undefined) return false;
  const address = prefix + id;
  const taken = region.take(
    { state: from.state, context: { task: from } },
    { ...way.event, ...extra, type, run, address },
  );
  if (taken === undefined) return false;
  const to = withEarlier(way.chart.plan.get(id), from, taken.context.task);
  level.tasks[id] = to;
  way.changed.set(address, to);
  for (const word of taken.actions) level.told.push({ word: word as Announcement, id });
  note(level, { id, from, to });

  return true;
}

/** Delivers announcements and enters opened passes until none are left or the run ends. */
function drain(level: ChartScope): void {
  while (level.sunk === undefined && level.way.end === undefined) {
    const next = level.told.shift();
    if (next !== undefined) {
      hear(level, next);
      continue;
    }
    const [opening] = level.opening;
    if (opening === undefined) return;
    enterNext(level, ...opening);
  }
}

function hear(level: ChartScope, { word, id }: AnnouncementOf): void {
  const { way, prefix } = level;
  switch (word) {
    case 'sunk':
      sink(level, id);
      return;
    case 'cancel':
      for (const each of branchTasks(level, id)) offer(level, each, 'cancel');
      return;
    case 'exhausted':
      way.exhausted = prefix + id;
      return;
    case 'ended':
      way.end = { type: 'ended', blamed: prefix + id };
      return;
    case 'opened':
      // The error may be left from an earlier attempt. Without one, tasks may have been settled by hand.
      resetBranches(level, id, level.tasks[id]?.error !== undefined);
      break;
    default:
  }
  for (const each of way.chart.awaiting.get(`${word}.${id}`) ?? []) offer(level, each, `${word}.${id}`);
}

/** Resets the branches of a FORK that is tried `again`, nested ones and compensations included. */
function resetBranches(level: ChartScope, id: string, again: boolean): void {
  for (const each of branchTasks(level, id)) {
    const state = level.tasks[each]?.state;
    if (state === 'standby' || (again && state !== 'waiting')) offer(level, each, 'reset');
    if (again) resetBranches(level, each, again);
  }
}

function branchTasks({ way }: ChartScope, id: string): readonly string[] {
  return way.chart.plan.get(id)?.branches?.flat() ?? [];
}

/** A failure is handled by the task that this one is a fallback of, then by its owner, then by the run. */
function sink(level: ChartScope, id: string): void {
  const { way, prefix } = level;
  const place = way.chart.plan.get(id);
  if (standsIn(place, level.tasks)) return;
  const fork = forkConcerned(place);
  const cause = level.tasks[id]?.error;
  if (fork !== undefined) offer(level, fork, 'part.failed', cause === undefined ? {} : { cause });
  else if (prefix !== '') level.sunk = id;
  else if (way.before.phase !== 'compensating') way.end = { type: 'sunk', blamed: id };
}

function enterNext(level: ChartScope, id: string, index: number): void {
  const task = level.tasks[id];
  if (task?.body === undefined || !isOpenBody(task) || index >= task.body.opened) {
    level.opening.delete(id);
    return;
  }
  level.opening.set(id, index + 1);
  inPass(level, { id, attempt: task.attempt, index }, (inner) => {
    for (const each of level.way.chart.bodyRoots.get(id) ?? []) offer(inner, each, 'look');
    return true;
  });
}

/** Acts inside of a pass, and tells its owner if that ended the pass. */
function inPass(level: ChartScope, owner: Owner, act: (inner: ChartScope) => boolean): boolean {
  const item = keptPass(level.tasks[owner.id], owner);
  if (item?.tasks === undefined) return false;
  const inner = levelOf(level.way, level.run, item.tasks, bodyPrefix(level.prefix, owner));
  if (!act(inner)) return false;
  drain(inner);
  const task = level.tasks[owner.id];
  const body = bodyOf(task, owner.attempt);
  if (task === undefined || body === undefined) return true;
  const after = withBodyItem(body, owner.index, { ...item, tasks: inner.tasks });
  level.tasks[owner.id] = withBody(task, owner.attempt, after);
  const goesOn = item.state === 'open' && task.attempt === owner.attempt;
  if (goesOn && level.way.end === undefined) endPass(level, owner, inner);

  return true;
}

function endPass(level: ChartScope, { id, index }: Owner, { sunk, tasks, prefix }: ChartScope): void {
  const { chart, orphans, before } = level.way;
  if (sunk === undefined && !allSettled({ tasks })) return;
  // The child runs of a pass that is being undone ended before.
  const ends = chart.delegates && before.phase !== 'compensating';
  if (ends) orphans.push(...childRunsOf(tasks, prefix, 'cancel'));
  offer(level, id, 'pass.ended', endOfPass(index, tasks, sunk));
}

/** The consequences of a task's change: for what it contains, for its child runs, for what can be undone. */
function note(level: ChartScope, change: TaskChange): void {
  const { compensates, delegates } = level.way.chart;
  noteOpening(level, change);
  noteClosing(level, change);
  const { way, prefix } = level;
  if (delegates) way.orphans.push(...orphansOf(change, prefix, way.event.fact));
  if (compensates && becameUndoable(way.chart.plan.get(change.id), change)) {
    way.undoable.push(prefix + change.id);
  }
}

function noteOpening({ opening }: ChartScope, { id, from, to }: TaskChange): void {
  if (!isOpenBody(to) || to.body === undefined) return;
  const entered = from.attempt === to.attempt && isOpenBody(from) ? (from.body?.opened ?? 0) : 0;
  if (to.body.opened > entered && !opening.has(id)) opening.set(id, entered);
}

/** The branches of a FORK end with it. */
function noteClosing({ way, told }: ChartScope, { id, from, to }: TaskChange): void {
  if (!isOpenBody(from) || isOpenBody(to)) return;
  if (way.chart.plan.get(id)?.branches !== undefined) told.push({ word: 'cancel', id });
}

function levelOf(way: Way, run: RunState, before: RunState['tasks'], prefix: string): ChartScope {
  const tasks = draftOf(before);

  return { way, tasks, run: { ...run, tasks }, prefix, told: [], opening: new Map() };
}
