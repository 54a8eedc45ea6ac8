import { canonicalJson, type Json } from '../../events/canonical-json.ts';
import type { JournalRecord } from '../../events/record.ts';
import { localId } from '../compile/address.ts';
import type { Chart } from '../compile/chart.ts';
import type { RunState, TaskState } from '../compile/run-state.ts';
import { openTasks } from '../compile/task-at.ts';
import { isSettled } from '../compile/task-status.ts';
import type { Run } from '../run/run.ts';
import { heldAgainst } from './what-if.ts';

/** The state in which a run would go on by another version, or why it stays on its own. */
export type Landing =
  | { readonly ok: true; readonly state: Json }
  | { readonly ok: false; readonly why: string };

/**
 * Where a run under way, folded from these records, would be by another version of its definition. It may go on there
 * only where all that is under way is the same, and nothing else would have had to happen. Throws BlobNeeded.
 */
export function landing(run: Run, records: readonly JournalRecord[], chart: Chart): Landing {
  const differs = otherSecrets(run.chart, chart);
  if (differs !== undefined) return { ok: false, why: differs };
  const { whatIf, run: other } = heldAgainst(records, chart, run.aside);
  if (whatIf.kind === 'untold') return { ok: false, why: whatIf.why };
  if (other === undefined || whatIf.kind === 'needs')
    return {
      ok: false,
      why: whatIf.kind === 'same' ? 'it has not begun' : `event ${whatIf.at}: ${whatIf.how}`,
    };
  const mismatch = runMismatch(run.state, other.state) ?? taskMismatch(run, other);
  if (mismatch !== undefined)
    return {
      ok: false,
      why: whatIf.kind === 'same' ? mismatch : `event ${whatIf.at}: ${whatIf.how}; ${mismatch}`,
    };
  const { requests: _requests, refusedRequests: _refused, refusedAnswers: _answers, ...state } = other.state;
  const { requests, refusedRequests, refusedAnswers } = run.state;

  // As the journal will give it back, members sorted: tasks are told in the order in which they stand.
  return {
    ok: true,
    state: JSON.parse(canonicalJson({ ...state, requests, refusedRequests, refusedAnswers })) as Json,
  };
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
const kept = ['phase', 'concurrencyKey', 'orphans', 'signals', 'undoable'] as const;

function runMismatch(before: RunState, after: RunState): string | undefined {
  const other = kept.find((name) => text(before[name]) !== text(after[name]));

  return other === undefined
    ? undefined
    : `${other} would be ${text(after[other])} instead of ${text(before[other])}`;
}

function text(value: unknown): string {
  return value === undefined ? 'nothing' : canonicalJson(value);
}

type Tasks = ReadonlyMap<string, TaskState>;

function taskMismatch(run: Run, other: Run): string | undefined {
  const [before, after] = [tasksOf(run), tasksOf(other)];

  return changedTask(before, after) ?? retypedTask(run.chart, other.chart, before) ?? newTask(before, after);
}

function tasksOf({ state }: Run): Tasks {
  return new Map(openTasks(state.tasks));
}

/** What is under way has to be under way in the same way. */
function changedTask(before: Tasks, after: Tasks): string | undefined {
  for (const [address, task] of underWay(before)) {
    const now = after.get(address);
    if (now?.state === task.state && now.attempt === task.attempt) continue;
    return `${address} is ${task.state} (attempt ${task.attempt}) and would be ${where(now)}`;
  }

  return undefined;
}

function retypedTask(from: Chart, to: Chart, before: Tasks): string | undefined {
  for (const [address] of underWay(before)) {
    const [type, changed] = [from, to].map(({ plan }) => plan.get(localId(address))?.task.type);
    if (type !== changed) return `${address} is under way as ${type} and would be ${changed}`;
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

function underWay(tasks: Tasks): readonly (readonly [string, TaskState])[] {
  return [...tasks].filter(([, task]) => !isSettled(task) && !isUnbegun(task));
}

function isUnbegun({ state }: TaskState): boolean {
  return state === 'waiting' || state === 'standby';
}

function where(task: TaskState | undefined): string {
  return task === undefined ? 'gone' : `${task.state} (attempt ${task.attempt})`;
}
