import { Head } from '../../../events/record.ts';
import { sealedWith } from '../../../events/sealed-text.ts';
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
import { searchedText } from '../../search-limits.ts';
import type { Task } from '../../task.ts';
import { agentFor, isDynamic, withNames } from '../../task-names.ts';
import { waitingApprovals } from '../decide/asked-approval.ts';
import { isIdle } from '../effects.ts';
import { hopsOf, type Run } from '../run.ts';
import { firstTimer } from '../timers.ts';
import { failedStatuses, failureKeyOf, failureOf } from './failure-key.ts';
import { hidden } from './redact.ts';
import { activeMax } from './run-filter.ts';

/** Open states that nothing ends but what happens to other tasks. */
const still: ReadonlySet<string> = new Set(['waiting', 'recovering', 'exhausted']);

/** The most agents a head names, and how many open tasks are looked at for them. */
const agentsMax = 10;
const openTasksMax = 100;
/** The most approvals a head names. */
const asksMax = 10;

/** What a list of runs shows of this one. */
export function headOf(run: Run): Head {
  const state = run.state;
  const active = activeOf(state);
  const { error, group, message } = failedAs(state);
  const atWork = agentsAtWork(run);

  // What is absent stays undefined: canonical JSON leaves it out, and one shape of object is quicker than many. As in
  // all parts of a record, the members are in the order in which they are written.
  return {
    active,
    agents: atWork?.agents,
    ...asksOf(run, active.length),
    awaits: awaitedSignals(run),
    definition: state.definition,
    dueAt: firstTimer(run)?.dueAt,
    endedAt: state.endedAt,
    error,
    errorGroup: group,
    errorText: message,
    hops: hopsOf(state),
    idle: isIdle(run) ? true : undefined,
    key: state.businessKey,
    labels: state.labels,
    owner: ownerOf(state),
    parent: state.parent?.run ?? state.failureOf,
    searchable: searchableInputs(run),
    settled: settledTasks.count(state.tasks),
    shown: shownOf(state),
    skills: atWork?.skills,
    startedAt: state.startedAt,
    status: state.status,
    tasks: countTasks(state.tasks),
    trigger: state.trigger?.id,
  };
}

/** Whose a run is: as its label says, else whose request it is. */
export function ownerOf({ labels, requesters }: Pick<RunState, 'labels' | 'requesters'>): string | undefined {
  return labels?.['owner'] ?? requesters?.[0];
}

/** The first tasks that are under way, and what is under way inside of them. */
function activeOf(state: RunState): Head['active'] {
  const active: { status: string; task: string }[] = [];
  const inside: [string, TaskState][] = [];
  for (const [id, task] of begunTasks.in(state.tasks)) {
    if (active.length === activeMax) break;
    active.push({ status: statusOf(task.state), task: id });
    if (task.body !== undefined && isOpenBody(task)) inside.push([id, task]);
  }
  for (const [id, task] of inside) active.push(...waitingInside(id, task, activeMax - active.length));

  return active;
}

/**
 * The same as a record had it: `shown`, `asks`, `idle` and what runs are found by are not asked of one without them, as
 * early releases wrote them. What a later release added is kept as it was written: its hash vouches for it.
 */
export function headAsIn(written: Head, run: Run): Head {
  const now = headOf(run);
  const idle = written.idle === undefined ? undefined : now.idle;
  const head: Head = { ...now, idle, ...unknownMembers(written) };
  const asks = written.asks === undefined ? { asks: undefined, asksMore: undefined } : {};
  const unsaid = searched.filter((name) => written[name] === undefined).map((name) => [name, undefined]);
  const older = { ...asks, ...Object.fromEntries(unsaid) };

  return written.shown === undefined ? { ...head, ...older, shown: undefined } : { ...head, ...older };
}

/** What runs are found by. */
const searched = [
  ...(['key', 'labels', 'owner', 'searchable', 'agents', 'skills', 'errorGroup', 'errorText'] as const),
];

const members: ReadonlySet<string> = new Set(Object.keys(Head.shape));

function unknownMembers(written: Head): Partial<Head> | undefined {
  const unknown = Object.entries(written).filter(([name]) => !members.has(name));

  return unknown.length === 0 ? undefined : Object.fromEntries(unknown);
}

/** The error that a run has, and with which others it failed alike. */
function failedAs({ error, ...state }: RunState): {
  readonly error?: string;
  readonly group?: string;
  readonly message?: string;
} {
  const isFailure = failedStatuses.some((each) => each === state.status);
  if (error === undefined && !isFailure) return {};
  // Of what is sealed nobody can say what it is like.
  const isSealed = sealedWith(error?.message) !== undefined;
  const failure = failureOf({ ...state, ...(error === undefined ? {} : { error }) });

  return {
    ...(error === undefined ? {} : { error: error.code }),
    ...(isFailure && !isSealed ? { group: failureKeyOf(failure) } : {}),
    ...(isSealed || failure.message === '' ? {} : { message: searchedText(failure.message) }),
  };
}

/** The agents that open tasks are with, and skills that nobody was found for, as far as the first of these tell. */
function agentsAtWork({ chart, state: { status, tasks } }: Run): Pick<Head, 'agents' | 'skills'> | undefined {
  // Who asks none pays nothing.
  if (!chart.asksAgents || isFinal(status)) return undefined;
  const [agents, skills] = [new Set<string>(), new Set<string>()];
  let seen = 0;
  for (const [address, state] of begunTasksIn(tasks)) {
    const known = chart.plan.get(localId(address))?.task;
    if (known !== undefined) noteAgents(withNames(known, state.names), state, { agents, skills });
    seen += 1;
    if (seen >= openTasksMax || agents.size >= agentsMax) break;
  }

  return { agents: first(agents), skills: first(skills) };
}

type Found = { readonly agents: Set<string>; readonly skills: Set<string> };

function noteAgents(task: Task, state: TaskState, { agents, skills }: Found): void {
  for (const agent of agentsOf(task, state)) agents.add(agent);
  for (const skill of skillsMissing(task, state)) skills.add(skill);
}

function first(names: ReadonlySet<string>): string[] | undefined {
  return names.size === 0 ? undefined : [...names].slice(0, agentsMax);
}

function skillsMissing(
  { performer }: Task,
  { state, appointed, assigned = [] }: TaskState,
): readonly string[] {
  const isOpen = state === 'scheduled' && appointed === undefined && assigned.length === 0;

  return isOpen && performer.kind === 'skills' ? performer.skills : [];
}

function agentsOf({ performer }: Task, { appointed, assigned = [] }: TaskState): readonly string[] {
  if (appointed === undefined && performer.kind === 'skills') return assigned.map(({ agent }) => agent);
  const agent =
    performer.kind === 'agent' || appointed !== undefined ? agentFor(performer, { appointed }) : undefined;

  return agent === undefined || isDynamic(agent) ? [] : [agent];
}

/** What inputs begin with that runs are found by. */
function searchableInputs({ chart, state }: Run): Head['searchable'] {
  if (chart.searchable.length === 0) return undefined;
  const found = chart.searchable.flatMap((name) => {
    const value = state.input[name];
    const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
    return typeof text !== 'string' || text === '' || text === hidden || sealedWith(text) !== undefined
      ? []
      : [[name, searchedText(text)] as const];
  });

  return found.length === 0 ? undefined : Object.fromEntries(found);
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
