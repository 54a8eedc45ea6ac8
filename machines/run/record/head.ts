import { Head } from '../../../events/record.ts';
import type { RunState, TaskState, TaskStatus } from '../../chart/run/run-state.ts';
import { begunTasksIn, localId } from '../../chart/task-at.ts';
import {
  begunTasks,
  isFinal,
  isLeaving,
  isOpenBody,
  isSettled,
  settledTasks,
  statusOf,
} from '../../chart/task-status.ts';
import { asked, countTasks } from '../../chart/task-table.ts';
import { openItemsOf } from '../../chart/tasks/body.ts';
import { withNames } from '../../task-names.ts';
import { waitingApprovals } from '../decide/asked-approval.ts';
import { isIdle } from '../effects.ts';
import { hopsOf, type Run } from '../run.ts';
import { firstTimer } from '../timers.ts';
import { activeMax } from './run-filter.ts';

/** Open states that nothing ends but what happens to other tasks. */
const still: ReadonlySet<string> = new Set(['waiting', 'recovering', 'exhausted']);

/** The most approvals a head names. */
const asksMax = 10;

/** What a list of runs shows of this one. */
export function headOf(run: Run): Head {
  const state = run.state;
  const active: { status: string; task: string }[] = [];
  const inside: [string, TaskState][] = [];
  for (const [id, task] of begunTasks.in(state.tasks)) {
    if (active.length === activeMax) break;
    active.push({ status: statusOf(task.state), task: id });
    if (task.body !== undefined && isOpenBody(task)) inside.push([id, task]);
  }
  for (const [id, task] of inside) active.push(...waitingInside(id, task, activeMax - active.length));

  // What is absent stays undefined: canonical JSON leaves it out, and one shape of object is quicker than many. As in
  // all parts of a record, the members are in the order in which they are written.
  return {
    active,
    ...asksOf(run, active.length),
    awaits: awaitedSignals(run),
    definition: state.definition,
    dueAt: firstTimer(run)?.dueAt,
    endedAt: state.endedAt,
    error: state.error?.code,
    hops: hopsOf(state),
    idle: isIdle(run) ? true : undefined,
    parent: state.parent?.run ?? state.failureOf,
    settled: settledTasks.count(state.tasks),
    shown: shownOf(state),
    startedAt: state.startedAt,
    status: state.status,
    tasks: countTasks(state.tasks),
    trigger: state.trigger?.id,
  };
}

/**
 * The same as a record had it: `shown`, `asks` and `idle` are not asked of one without them, as early releases wrote
 * them. What a later release added is kept as it was written: its hash vouches for it.
 */
export function headAsIn(written: Head, run: Run): Head {
  const now = headOf(run);
  const idle = written.idle === undefined ? undefined : now.idle;
  const head: Head = { ...now, idle, ...unknownMembers(written) };
  const asks = written.asks === undefined ? { asks: undefined, asksMore: undefined } : {};

  return written.shown === undefined ? { ...head, ...asks, shown: undefined } : { ...head, ...asks };
}

const members: ReadonlySet<string> = new Set(Object.keys(Head.shape));

function unknownMembers(written: Head): Partial<Head> | undefined {
  const unknown = Object.entries(written).filter(([name]) => !members.has(name));

  return unknown.length === 0 ? undefined : Object.fromEntries(unknown);
}

/** The approvals that it waits for. Most definitions ask nobody, and pay nothing. */
function asksOf(run: Run, active: number): Pick<Head, 'asks' | 'asksMore'> {
  if (!run.chart.asksPeople || isFinal(run.state.status)) return { asks: undefined, asksMore: undefined };
  const all = Array.from(waitingApprovals(run), ([task, state]) => ({
    ...(isAnswered(state) || excludes(run, task) ? { answered: true as const } : {}),
    ...(state.escalatedAt === undefined ? {} : { escalated: true as const }),
    since: state.scheduledAt ?? run.state.startedAt,
    task,
  }));
  if (all.length === 0 && active < activeMax) return { asks: undefined, asksMore: undefined };
  const asks = all.length > 1 ? all.sort(longestFirst).slice(0, asksMax) : all;

  return { asks, asksMore: all.length > asksMax ? all.length - asksMax : undefined };
}

/** Whether the definition alone does not tell who may answer. */
function isAnswered({ grants = [], delegations = [], escalation, names }: TaskState): boolean {
  // What is shown of the subject says nothing of who may answer.
  const { show: _subject, ...others } = names ?? {};

  return (
    grants.length > 0 || delegations.length > 0 || escalation !== undefined || Object.keys(others).length > 0
  );
}

/** Who may not answer is known from the run alone. */
function excludes({ chart }: Run, address: string): boolean {
  const task = chart.plan.get(localId(address))?.task;

  return task?.type === 'HUMAN' && task.approvers?.exclude !== undefined;
}

function longestFirst(one: { readonly since: string }, other: { readonly since: string }): number {
  return one.since < other.since ? -1 : Number(one.since > other.since);
}

/**
 * All signals that tasks wait for now, and the events that cancel the run, since an event reaches only runs whose head
 * names it; the checker sees that they are not too many. Most definitions know none, and pay nothing.
 */
function awaitedSignals({ chart, state }: Run): Head['awaits'] {
  if (!chart.waitsForSignals || isFinal(state.status)) return undefined;
  const names = new Set(isLeaving(state) ? [] : chart.cancelOn.map(({ event }) => event));
  for (const [address, task] of begunTasksIn(state.tasks)) {
    if (task.state !== 'awaiting') continue;
    const awaited = chart.plan.get(localId(address))?.task;
    const signal = awaited?.type === 'WAIT' ? withNames(awaited, task.names).signal : undefined;
    if (signal !== undefined) names.add(signal);
  }

  return names.size === 0 ? undefined : [...names].sort();
}

const waiting: ReadonlySet<TaskStatus> = new Set(['PENDING_APPROVAL', 'WAITING', 'RETRYING']);

/** Of what is inside of a body only what waits is named: the rest comes and goes. */
function waitingInside(id: string, task: TaskState, most: number): Head['active'] {
  const found: { status: string; task: string }[] = [];
  if (most <= 0) return found;
  for (const [address, { state }] of begunTasksIn({ [id]: task })) {
    if (address === id || !waiting.has(statusOf(state))) continue;
    found.push({ status: statusOf(state), task: address });
    if (found.length >= most) break;
  }

  return found;
}

/** How a person reads the status of a run; undefined where that is the status itself. */
export function shownOf({
  status,
  ending,
  failedTask,
  tasks,
}: Pick<RunState, 'status' | 'ending' | 'failedTask' | 'tasks'>): Head['shown'] {
  if (status === 'TERMINATED') {
    // What a person cancels undoes what it did, and so does what a TERMINATE ends; what a person terminates does not.
    return ending?.compensate === true && failedTask === undefined ? 'CANCELLED' : undefined;
  }
  if (status !== 'RUNNING') return undefined;

  return whatMoves(tasks) === 'approvals' ? 'NEEDS_APPROVAL' : undefined;
}

type Moves = 'approvals' | 'more' | 'nothing';

/** What can change tasks next. Every event of every run asks: the first task that moves by itself ends the search. */
const whatMoves = asked<Moves>({
  none: 'nothing',
  add: (moves, task) => most(moves, whatMovesOne(task)),
  both: most,
  last: 'more',
});

function most(one: Moves, other: Moves): Moves {
  return one === 'more' || other === 'nothing' ? one : other;
}

function whatMovesOne(task: TaskState): Moves {
  const { state, body } = task;
  if (isSettled(task) || still.has(state)) return 'nothing';
  if (state === 'pending_approval') return 'approvals';
  if (state !== 'open' || body === undefined) return 'more';
  let moves: Moves = 'nothing';
  for (const [, { tasks = {} }] of openItemsOf(body)) {
    moves = most(moves, whatMoves(tasks));
    if (moves === 'more') return moves;
  }

  return moves;
}
