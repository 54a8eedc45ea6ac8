import { bodyPrefix, localId, parseAddress } from '../../chart/address.ts';
import type { TaskState } from '../../chart/run/run-state.ts';
import { openTasks } from '../../chart/task-at.ts';
import { isFinal } from '../../chart/task-status.ts';
import { isPerformed } from '../../performed.ts';
import { type Run, undoingTasks } from '../../run/run.ts';
import { type Timer, timersOf } from '../../run/timers.ts';
import type { Task } from '../../task.ts';
import type { Scene } from './scene.ts';

/** A task that cannot go on by itself. */
export type Open = {
  readonly address: string;
  readonly task: Task;
  readonly state: TaskState;
  /** Somebody owes it an answer; else only time brings it on. */
  readonly isOwed: boolean;
  /** What time will do about it, the first of it: its own timers, and those of what it is inside of. */
  readonly timer: Timer | undefined;
};

/** How what nobody will answer is named in `Scene.silent`. */
export function silenceKey(address: string, attempt: number): string {
  return `${address}#${attempt}`;
}

/** The tasks that wait for the world or for time, in the order of the definition, passes by their index. */
export function openOnes(scene: Scene): readonly Open[] {
  const { run } = scene;
  if (isFinal(run.state.status) || run.state.status === 'PAUSED') return [];
  const timers = [...timersOf(run)].sort((a, b) => (a.dueAt < b.dueAt ? -1 : a.dueAt > b.dueAt ? 1 : 0));
  const tasks = run.state.phase === 'compensating' ? undoingTasks(run) : [...openTasks(run.state.tasks)];

  return tasks.flatMap(([address, state]) => {
    const open = openOne(scene, address, state, timers);
    return open === undefined ? [] : [open];
  });
}

function openOne(
  { run, silent }: Scene,
  address: string,
  state: TaskState,
  timers: readonly Timer[],
): Open | undefined {
  const task = run.chart.plan.get(localId(address))?.task;
  if (task === undefined) return undefined;
  const timer = timers.find((each) => concerns(run, each, address));
  const own = timers.some((each) => each.task === address);
  if (!asks(task, state)) {
    return state.state === 'retrying' || state.state === 'awaiting'
      ? { address, task, state, isOwed: false, timer }
      : undefined;
  }
  // After the last of its timers has gone off without ending it, an answer may come all the same.
  const isSilent = silent.has(silenceKey(address, state.attempt)) && (own || timer !== undefined);

  return { address, task, state, isOwed: !isSilent, timer };
}

function asks(task: Task, { state }: TaskState): boolean {
  switch (state) {
    case 'scheduled':
    case 'in_progress':
      return isPerformed(task);
    case 'pending_approval':
    case 'delegated':
      return true;
    case 'awaiting':
      return task.type === 'WAIT' && task.durationMs === undefined && task.until === undefined;
    default:
      return false;
  }
}

/** Whether the timer may end the task: its own, that of a body or of a FORK that it is in, or that of the run. */
function concerns({ chart }: Run, { task: timed }: Timer, address: string): boolean {
  if (timed === undefined || timed === address) return true;
  const owners = parseAddress(address)?.owners ?? [];
  const around = owners.map(({ id }, depth) => owners.slice(0, depth).reduce(bodyPrefix, '') + id);
  if (around.includes(timed)) return true;
  let fork = chart.plan.get(localId(address))?.branch?.of;
  while (fork !== undefined && fork !== timed) fork = chart.plan.get(fork)?.branch?.of;

  return fork !== undefined;
}
