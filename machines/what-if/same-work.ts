import { canonicalJson, type Json } from '../../events/canonical-json.ts';
import { localId } from '../compile/address.ts';
import { itemsOf } from '../compile/body.ts';
import type { Body, TaskState } from '../compile/run-state.ts';
import { openTasks } from '../compile/task-at.ts';
import { isSettled } from '../compile/task-status.ts';
import { parsedTemplate } from '../compile/templates.ts';
import { render } from '../run/render.ts';
import type { Run } from '../run/run.ts';
import { type Timer, timersOf } from '../run/timers.ts';
import type { Task } from '../task.ts';
import { isLimit } from './limits.ts';

/** A run by its own version, and where it would be by the other one. */
type Pair = { readonly run: Run; readonly other: Run };
type Tasks = ReadonlyMap<string, TaskState>;

/** What the outside would notice of the tasks of a run if it went on as the other; undefined where it is nothing. */
export function taskMismatch(pair: Pair, now: string): string | undefined {
  const [before, after] = [tasksOf(pair.run), tasksOf(pair.other)];

  return (
    changedTask(before, after) ??
    newTask(before, after) ??
    otherWork(pair, before, after) ??
    overdue(pair, now)
  );
}

const shownMax = 60;

/** A value as it is shown to people. */
export function text(value: unknown): string {
  if (value === undefined) return 'nothing';
  const whole = canonicalJson(value);

  return whole.length > shownMax ? `${whole.slice(0, shownMax)}...` : whole;
}

function tasksOf({ state }: Run): Tasks {
  return new Map(openTasks(state.tasks));
}

/** What is under way has to be so in the same way, and what is settled must not be carried out once more. */
function changedTask(before: Tasks, after: Tasks): string | undefined {
  for (const [address, task] of before) {
    const now = after.get(address);
    const isSame = now?.state === task.state && now.attempt === task.attempt;
    if (isUnbegun(task) || isSame || (now === undefined && task.state === 'skipped')) continue;
    return `${address} is ${task.state} (attempt ${task.attempt}) and would be ${where(now)}`;
  }

  return undefined;
}

/** Nothing may have begun that has not. */
function newTask(before: Tasks, after: Tasks): string | undefined {
  for (const [address, task] of after) {
    const then = before.get(address);
    if (isUnbegun(task) || (then !== undefined && !isUnbegun(then))) continue;
    return `${address} would be ${task.state} and has not begun`;
  }

  return undefined;
}

/** Whoever works on a task, or is to answer for it, has to find the same work with what they said of it. */
function otherWork({ run, other }: Pair, before: Tasks, after: Tasks): string | undefined {
  for (const [address, task] of before) {
    const now = after.get(address);
    if (isSettled(task) || isUnbegun(task) || now === undefined) continue;
    const what =
      otherDefinition(taskOf(run, address), taskOf(other, address)) ??
      otherKnowledge(task, now) ??
      (isSame(given(run, address), given(other, address)) ? undefined : 'what it works with');
    if (what !== undefined) return `${address} is under way, and ${what} would be another`;
  }

  return undefined;
}

/** What begins later, how often and how long it is tried, and what comes of it may differ. */
const free: ReadonlySet<string> = new Set([
  ...['name', 'description', 'dependsOn', 'join', 'when', 'priority', 'circuitBreaker'],
  ...['retry', 'timeoutMs', 'queueTimeoutMs', 'totalTimeoutMs', 'timeoutPolicy', 'onTimeout', 'onReject'],
  ...['optional', 'fallback', 'catch', 'compensate', 'durationMs', 'until'],
  // Of a body what is under way is compared by itself.
  ...['tasks', 'branches', 'body', 'concurrency', 'tolerateFailures', 'loopCondition', 'maxIterations'],
]);

function otherDefinition(before: Members, after: Members): string | undefined {
  const names = new Set(['type', ...Object.keys(before), ...Object.keys(after)]);
  const other = [...names].find((name) => !free.has(name) && !isSame(before[name], after[name]));

  return other === undefined ? undefined : `its ${other}`;
}

const fromOutside = [
  ...(['grants', 'delegations', 'answer', 'child', 'assigned', 'worker'] as const),
  ...(['deaths', 'spent', 'input', 'alertedAt', 'escalatedAt'] as const),
];

function otherKnowledge(before: TaskState, after: TaskState): string | undefined {
  const other = fromOutside.find((name) => !isSame(before[name], after[name]));
  if (other !== undefined) return `its ${other} (${text(before[other])})`;

  return isSame(passesOf(before.body), passesOf(after.body)) ? undefined : 'what its body has done';
}

function passesOf(body: Body | undefined) {
  if (body === undefined) return null;
  const { list = null, opened, completed, failed } = body;

  return {
    list,
    opened,
    completed,
    failed,
    states: [...itemsOf(body)].map(([index, { state }]) => [index, state]),
  };
}

/** The values that an attempt is given: it may be begun again under its key. */
function given(run: Run, address: string): Json {
  const { input = {}, request = null, event = null, performer = null } = taskOf(run, address);
  const template = parsedTemplate({ input, request, event, performer } as Json);
  const rendered = render(run, template, { address });

  return rendered.ok ? { value: rendered.value } : { error: rendered.error.message };
}

/** A limit that has passed without being noticed would come at once. */
function overdue({ run, other }: Pair, now: string): string | undefined {
  const known = new Set(limitsDue(run, now).map(timerName));
  const sudden = limitsDue(other, now).find((timer) => !known.has(timerName(timer)));

  return sudden && `${timerName(sudden)} would be due since ${sudden.dueAt}`;
}

/** Also those that a pause holds back. */
function limitsDue({ state, ...run }: Run, now: string): readonly Timer[] {
  const timers = timersOf({ ...run, state: { ...state, phase: 'running' } });

  return timers.filter((timer) => isLimit(timer) && timer.dueAt <= now);
}

function timerName({ timer, task }: Timer): string {
  return `the ${timer}${task === undefined ? '' : ` of ${task}`}`;
}

type Members = Readonly<Record<string, unknown>>;

function taskOf({ chart }: Run, address: string): Members {
  const task: Task | undefined = chart.plan.get(localId(address))?.task;

  return { ...task };
}

function isSame(before: unknown, after: unknown): boolean {
  return canonicalJson(before ?? null) === canonicalJson(after ?? null);
}

function isUnbegun({ state }: TaskState): boolean {
  return state === 'waiting' || state === 'standby';
}

function where(task: TaskState | undefined): string {
  return task === undefined ? 'gone' : `${task.state} (attempt ${task.attempt})`;
}
