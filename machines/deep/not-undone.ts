import { bodyPrefix, localId, parseAddress } from '../compile/address.ts';
import { itemsOf } from '../compile/body.ts';
import type { Chart } from '../compile/chart.ts';
import type { Place } from '../compile/plan.ts';
import type { RunState } from '../compile/run-state.ts';
import type { Explored, ExploredScene } from '../explore/explore.ts';
import type { Task } from '../task.ts';
import { isOver, nearest } from './explored-graph.ts';
import type { Found } from './found.ts';
import { named } from './named.ts';

/** In a definition that undoes what it did: what stays done all the same when the run does not complete. */
export function notUndone(chart: Chart, explored: Explored): readonly Found[] {
  if (!chart.compensates) return [];
  const found = new Map<string, ExploredScene>();
  for (const each of explored.scenes.values()) {
    const { state } = each.scene.run;
    if (!isOver(each) || state.status === 'COMPLETED') continue;
    for (const id of leftDone(chart, state)) {
      const before = found.get(id);
      if (before === undefined || each.depth < before.depth) found.set(id, each);
    }
  }
  const first = nearest(found.values());
  if (first === undefined) return [];
  const tasks = [...chart.plan.keys()].filter((id) => found.has(id));
  const verb = tasks.length === 1 ? 'stays' : 'stay';

  return [
    {
      code: 'deep.not-undone',
      severity: 'warning',
      message: `${named(tasks)} ${verb} done when the run does not complete, although the definition undoes other tasks; add compensate`,
      tasks,
      scene: first.key,
    },
  ];
}

/** Whether nothing undoes what the task does outside. */
function mayStay(chart: Chart, { task, undoes, aside }: Place): boolean {
  return (
    !undoes && aside !== true && hasEffect(task) && task.compensate === undefined && !isRescue(chart, task.id)
  );
}

/** How a run ends whose undoing fails. */
export function undoingFails(chart: Chart, explored: Explored): readonly Found[] {
  if (!chart.compensates) return [];
  const ends = [...explored.scenes.values()].filter(
    (each) => isOver(each) && each.scene.run.state.phase === 'compensation_failed',
  );
  const first = nearest(ends);
  if (first === undefined) return [];
  const failing = new Set(ends.flatMap(({ scene }) => scene.run.state.undoing?.failed ?? []).map(localId));
  const tasks = [...failing];

  return [
    {
      code: 'deep.undo-fails',
      severity: 'note',
      message: `where ${named(tasks)} cannot undo, the others still do, and the run ends FAILED with run.compensation-failed`,
      tasks,
      scene: first.key,
    },
  ];
}

/** The tasks with an effect outside that completed, by their ids, without those that were undone. */
function leftDone(chart: Chart, state: RunState): readonly string[] {
  const undone = new Set(state.undoing?.done);
  const left = completedIn(state.tasks, '').filter((address) => {
    const place = chart.plan.get(localId(address));
    if (place === undefined || place.undoes || place.aside === true || !hasEffect(place.task)) return false;
    const undoer = place.task.compensate;
    if (undoer === undefined) return mayStay(chart, place);
    const owners = parseAddress(address)?.owners ?? [];
    return !undone.has(owners.reduce(bodyPrefix, '') + undoer) && !triedToUndo(state, undoer);
  });

  return [...new Set(left.map(localId))];
}

/** That undoing may fail is told by itself. */
function triedToUndo({ undoing }: RunState, undoer: string): boolean {
  return (undoing?.failed ?? []).some((address) => localId(address) === undoer);
}

/** What is done because something failed is not to be undone when the run fails. */
function isRescue({ plan }: Chart, id: string): boolean {
  return (plan.get(id)?.routers ?? []).some(({ kind }) => kind === 'catch' || kind === 'fallback');
}

function completedIn(tasks: RunState['tasks'], prefix: string): readonly string[] {
  return Object.entries(tasks).flatMap(([id, task]) => {
    const own = task.state === 'completed' ? [prefix + id] : [];
    if (task.body === undefined) return own;
    const passes = [...itemsOf(task.body)].flatMap(([index, item]) =>
      completedIn(item.tasks ?? {}, bodyPrefix(prefix, { id, attempt: task.attempt, index })),
    );
    return [...own, ...passes];
  });
}

/** The built-in actions that only look. */
const looking: ReadonlySet<string> = new Set(['files.scan', 'policy.load', 'compliance.validate']);

function hasEffect(task: Task): boolean {
  switch (task.type) {
    case 'SIMPLE':
      return task.performer.kind !== 'uses' || !looking.has(task.performer.action);
    case 'HTTP':
      return !['GET', 'HEAD', 'OPTIONS'].includes(task.request.method.toUpperCase());
    case 'EVENT':
    case 'SUB_WORKFLOW':
      return true;
    default:
      return false;
  }
}
