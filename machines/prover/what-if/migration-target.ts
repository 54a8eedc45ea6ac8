import { canonicalJson, type Json } from '../../../events/canonical-json.ts';
import type { JournalRecord } from '../../../events/record.ts';
import type { Chart } from '../../chart/chart.ts';
import type { Body, RunState, TaskState } from '../../chart/run/run-state.ts';
import { localId, openTasks } from '../../chart/task-at.ts';
import { isSettled } from '../../chart/task-status.ts';
import { itemsOf } from '../../chart/tasks/body.ts';
import { parsedTemplate } from '../../chart/templates.ts';
import type { Blob } from '../../run/record/claim-check.ts';
import { render } from '../../run/render.ts';
import type { Run } from '../../run/run.ts';
import { type Timer, timersOf } from '../../run/timers.ts';
import type { Task } from '../../task.ts';
import { isLimit } from './limits.ts';
import { heldAgainst, type WhatIf } from './what-if.ts';

const shownMax = 60;

/** What begins later, how often and how long it is tried, and what comes of it may differ. */
const free: ReadonlySet<string> = new Set([
  ...['name', 'description', 'dependsOn', 'join', 'when', 'priority', 'circuitBreaker'],
  ...['retry', 'timeoutMs', 'queueTimeoutMs', 'totalTimeoutMs', 'timeoutPolicy', 'onTimeout', 'onReject'],
  ...['optional', 'fallback', 'catch', 'compensate', 'durationMs', 'until'],
  // Of a body what is under way is compared by itself.
  ...['tasks', 'branches', 'body', 'concurrency', 'tolerateFailures', 'loopCondition', 'maxIterations'],
]);

const fromOutside = [
  ...(['grants', 'delegations', 'answer', 'child', 'assigned', 'appointed', 'worker'] as const),
  ...(['deaths', 'spent', 'input', 'alertedAt', 'escalatedAt', 'escalation', 'reminders'] as const),
  ...(['changes', 'deniedBy'] as const),
];

/**
 * The state in which a run would go on by another version, with the large values in it that were not there before, or
 * why it stays on its own. They have to be stored before the state is recorded.
 */
export type Landing =
  | { readonly ok: true; readonly state: Json; readonly blobs: readonly Blob[] }
  | { readonly ok: false; readonly why: string };

/**
 * Where a run under way, folded from these records, would be by another version of its definition. It may go on there
 * only where everything that had to do with the outside is the very same, and nothing else would have had to happen by
 * `now` (ISO 8601, UTC). Throws BlobNeeded.
 */
export function landing(
  run: Run,
  records: readonly JournalRecord[],
  { chart, now }: { readonly chart: Chart; readonly now: string },
): Landing {
  const differs = otherSecrets(run.chart, chart);
  if (differs !== undefined) return { ok: false, why: differs };
  const blobs = new Map(run.aside.blobs);
  const { whatIf, run: other } = heldAgainst(records, chart, { ...run.aside, blobs });
  if (whatIf.kind === 'untold') return { ok: false, why: whatIf.why };
  if (other === undefined || whatIf.kind === 'needs') return { ok: false, why: whyNot(whatIf) };
  const mismatch = runMismatch(run.state, other.state) ?? taskMismatch({ run, other }, now);
  if (mismatch !== undefined) return { ok: false, why: whyNot(whatIf, mismatch) };
  const { requests: _requests, refusedRequests: _refused, refusedAnswers: _answers, ...state } = other.state;
  const { requests, refusedRequests, refusedAnswers } = run.state;
  const landed = canonicalJson({ ...state, requests, refusedRequests, refusedAnswers });

  // As the journal will give it back, members sorted: tasks are told in the order in which they stand.
  return { ok: true, state: JSON.parse(landed) as Json, blobs: madeIn(landed, blobs, run.aside.blobs) };
}

function whyNot(whatIf: Exclude<WhatIf, { kind: 'untold' }>, mismatch?: string): string {
  if (whatIf.kind === 'same') return mismatch ?? 'it has not begun';

  return [`event ${whatIf.at}: ${whatIf.how}`, ...(mismatch === undefined ? [] : [mismatch])].join('; ');
}

/** What was not at hand before was made on the way, and is in no store. */
function madeIn(
  landed: string,
  blobs: ReadonlyMap<string, Json>,
  before: ReadonlyMap<string, Json>,
): readonly Blob[] {
  return [...blobs].flatMap(([digest, value]) => {
    if (before.has(digest) || !landed.includes(digest)) return [];
    const content = canonicalJson(value);
    return [{ digest, text: content, bytes: new TextEncoder().encode(content).byteLength }];
  });
}

/** What was recorded as `***`, or openly, would be read as the other. */
function otherSecrets({ definition: before }: Chart, { definition: after }: Chart): string | undefined {
  const names = new Set([...Object.keys(before.input), ...Object.keys(after.input)]);
  const other = [...names].find(
    (name) => (before.input[name]?.secret ?? false) !== (after.input[name]?.secret ?? false),
  );

  return other === undefined ? undefined : `the input ${other} is secret in one of the versions only`;
}

/** What the engine knows of the run beside its tasks has to stay as it is. */
const kept = [
  'phase',
  'concurrencyKey',
  'fairnessKey',
  'orphans',
  'signals',
  'undoable',
  'alertedAt',
  'pausedBy',
  'ending',
] as const;

function runMismatch(before: RunState, after: RunState): string | undefined {
  const other = kept.find((name) => canonical(before[name]) !== canonical(after[name]));

  return other === undefined
    ? undefined
    : `${other} would be ${text(after[other])} instead of ${text(before[other])}`;
}

function canonical(value: unknown): string {
  return canonicalJson(value ?? null);
}

/** A run by its own version, and where it would be by the other one. */
type Pair = { readonly run: Run; readonly other: Run };
type Tasks = ReadonlyMap<string, TaskState>;

/** What the outside would notice of the tasks of a run if it went on as the other; undefined where it is nothing. */
function taskMismatch(pair: Pair, now: string): string | undefined {
  const [before, after] = [tasksOf(pair.run), tasksOf(pair.other)];

  return (
    changedTask(before, after) ??
    newTask(before, after) ??
    otherWork(pair, before, after) ??
    overdue(pair, now)
  );
}

/** A value as it is shown to people. */
function text(value: unknown): string {
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

function otherDefinition(before: Members, after: Members): string | undefined {
  const names = new Set(['type', ...Object.keys(before), ...Object.keys(after)]);
  const other = [...names].find((name) => !free.has(name) && !isSame(before[name], after[name]));

  return other === undefined ? undefined : `its ${other}`;
}

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
