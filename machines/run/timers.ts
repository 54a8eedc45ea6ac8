import type { TimerKind } from '../../events/timer-events.ts';
import type { Body, Item, RunState, TaskState } from '../chart/run/run-state.ts';
import { bodyPrefix, localId, openTasks, taskAt } from '../chart/task-at.ts';
import { isOpenBody } from '../chart/task-status.ts';
import { asked } from '../chart/task-table.ts';
import { dueTime } from '../due-time.ts';
import { type Duration, type HumanTask, knownMs, type Task, type TaskType } from '../task.ts';
import { withNames } from '../task-names.ts';
import { isPartOfRun, type Run, undoingTasks } from './run.ts';

/** A due time of a run. The shell appends `timer.fired` when it has come; overdue ones fire at once on load. */
export type Timer = {
  readonly timer: TimerKind;
  /** The address of the task; absent for a timer of the whole run. */
  readonly task?: string;
  readonly attempt?: number;
  /** ISO 8601, UTC. */
  readonly dueAt: string;
};

/** Every timer that runs, derived from the state. None while the run is paused: they keep their due times. */
export function timersOf(run: Run): readonly Timer[] {
  return [...runTimers(run), ...tasksTimed(run).flatMap(([address, task]) => timersAt(run, address, task))];
}

/** The timer that is due first. It costs the same however many passes are under way: see `firstIn`. */
export function firstTimer(run: Run): Timer | undefined {
  const own = earliest(runTimers(run));
  if (run.state.phase === 'running') return earlier(own, firstAmong(run, run.state.tasks, ''));

  return earlier(own, earliest(tasksTimed(run).flatMap(([address, task]) => timersAt(run, address, task))));
}

/** Whether the very timer runs. */
export function isRunning(run: Run, timer: Timer): boolean {
  const { task: text } = timer;
  const timers = text === undefined ? runTimers(run) : timersOfTask(run, text);

  return timers.some(
    (each) => each.timer === timer.timer && each.attempt === timer.attempt && each.dueAt === timer.dueAt,
  );
}

function timersOfTask(run: Run, text: string): readonly Timer[] {
  const task = taskAt(run.state, text);
  const runs = task !== undefined && run.state.phase !== 'paused' && isPartOfRun(run, text);

  return runs ? timersAt(run, text, task) : [];
}

function runTimers({ state, chart }: Run): readonly Timer[] {
  const { timeoutMs } = chart.definition;
  const { phase } = state;
  const counts = phase === 'running' || phase === 'queued' || phase === 'concluding';
  if (!counts || timeoutMs === undefined || state.alertedAt !== undefined) return [];

  return [{ timer: 'run.timeout', dueAt: dueTime(state.timedFrom ?? state.startedAt, timeoutMs) }];
}

function tasksTimed(run: Run): readonly (readonly [string, TaskState])[] {
  return run.state.phase === 'running' ? [...openTasks(run.state.tasks)] : undoingTasks(run);
}

type In = { readonly run: Run; readonly prefix: string };

function firstAmong(run: Run, tasks: RunState['tasks'], prefix: string): Timer | undefined {
  return firstOfAll(tasks, { run, prefix });
}

const firstOfAll = asked<Timer | undefined, In>({
  none: undefined,
  add: (first, task, id, { run, prefix }) => earlier(first, firstOfTask(run, task, { id, prefix })),
  both: earlier,
});

function firstOfTask(
  run: Run,
  task: TaskState,
  { id, prefix }: { readonly id: string; readonly prefix: string },
): Timer | undefined {
  const own = earliest(timersAt(run, prefix + id, task));
  if (task.body === undefined || !isOpenBody(task)) return own;
  const { attempt } = task;

  return earlier(
    own,
    firstInside(run, task.body, (index) => bodyPrefix(prefix, { id, attempt, index })),
  );
}

type Chunk = Body['chunks'][number];
/** A chunk never changes and belongs to one body, so what was found in it holds for ever. */
const known = new WeakMap<Chunk, { readonly first: Timer | undefined }>();

function firstInside(run: Run, { chunks }: Body, prefixOf: (index: number) => string): Timer | undefined {
  let first: Timer | undefined;
  let index = 0;
  for (const chunk of chunks) {
    const found = known.get(chunk) ?? { first: firstIn(run, chunk, (at) => prefixOf(index + at)) };
    known.set(chunk, found);
    first = earlier(first, found.first);
    index += chunk.length;
  }

  return first;
}

function firstIn(
  run: Run,
  chunk: readonly (Item | null)[],
  prefixOf: (at: number) => string,
): Timer | undefined {
  let first: Timer | undefined;
  chunk.forEach((item, at) => {
    if (item?.state === 'open' && item.tasks !== undefined) {
      first = earlier(first, firstAmong(run, item.tasks, prefixOf(at)));
    }
  });

  return first;
}

function earliest(timers: readonly Timer[]): Timer | undefined {
  return timers.reduce<Timer | undefined>(earlier, undefined);
}

function earlier(first: Timer | undefined, second: Timer | undefined): Timer | undefined {
  if (first === undefined || second === undefined) return first ?? second;

  return second.dueAt < first.dueAt ? second : first;
}

const attempted: ReadonlySet<TaskType> = new Set(['SIMPLE', 'HTTP', 'EVENT']);
const totalled: ReadonlySet<TaskType> = new Set([...attempted, 'FORK', 'DO_WHILE', 'SUB_WORKFLOW', 'WAIT']);
const none: readonly Timer[] = [];

function timersAt(run: Run, address: string, state: TaskState): readonly Timer[] {
  // Most tasks are settled or have not begun.
  if (state.scheduledAt === undefined || state.endedAt !== undefined) return none;
  const task = run.chart.plan.get(localId(address))?.task;

  return task === undefined ? none : taskTimers(withNames(task, state.names), address, state);
}

function taskTimers(task: Task, address: string, state: TaskState): readonly Timer[] {
  const due = (timer: TimerKind, from: string | undefined, delay: Duration | undefined): readonly Timer[] => {
    const delayMs = knownMs(delay);
    return from === undefined || delayMs === undefined
      ? none
      : [{ timer, task: address, attempt: state.attempt, dueAt: dueTime(from, delayMs) }];
  };
  const total = totalled.has(task.type)
    ? due('task.total-timeout', state.firstScheduledAt, task.totalTimeoutMs)
    : none;
  const attempt = (from: string | undefined) =>
    state.alertedAt === undefined ? due('task.timeout', from, task.timeoutMs) : none;

  switch (state.state) {
    case 'scheduled': {
      const queued = attempted.has(task.type) ? task.queueTimeoutMs : undefined;
      return [...due('task.queue-timeout', state.scheduledAt, queued), ...total];
    }
    case 'in_progress':
      return [
        ...attempt(state.startedAt),
        ...due('task.heartbeat-timeout', state.heartbeatAt ?? state.startedAt, task.heartbeatTimeoutMs),
        ...total,
      ];
    case 'open':
    case 'looping':
    case 'delegated':
      return [...attempt(state.startedAt), ...total];
    case 'awaiting':
      return [...due('wait.elapsed', state.until, 0), ...attempt(state.scheduledAt), ...total];
    case 'listing':
    case 'arming':
      return total;
    case 'retrying':
      return [...due('task.retry', state.retryAt, 0), ...total];
    case 'pending_approval':
      return task.type === 'HUMAN'
        ? approvalTimes(task, state).flatMap(({ timer, from, delay }) => due(timer, from, delay))
        : none;
    default:
      return none;
  }
}

type Due = {
  readonly timer: TimerKind;
  readonly from: string | undefined;
  readonly delay: Duration | undefined;
};

/** The end of the wait, which an escalation that is the time-out itself is not; the next stage; the next reminder. */
function approvalTimes(
  { onTimeout, timeoutMs, escalate = [], remind }: HumanTask,
  { scheduledAt, escalatedAt, escalation, reminders }: TaskState,
): readonly Due[] {
  const isOver = onTimeout === 'escalate' && escalatedAt !== undefined;
  const next = escalate[escalation?.stage ?? 0];
  const isReminded = remind !== undefined && (reminders?.count ?? 0) < remind.max;

  return [
    { timer: 'approval.timeout', from: scheduledAt, delay: isOver ? undefined : timeoutMs },
    { timer: 'approval.escalation', from: escalation?.at ?? scheduledAt, delay: next?.afterMs },
    {
      timer: 'approval.reminder',
      from: reminders?.at ?? scheduledAt,
      delay: isReminded ? remind.everyMs : undefined,
    },
  ];
}
