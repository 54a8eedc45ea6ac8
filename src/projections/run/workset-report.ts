import type { Json } from '../../../events/canonical-json.ts';
import type { Head } from '../../../events/record.ts';
import { statusOf } from '../../../machines/chart/task-status.ts';
import type { Definition } from '../../../machines/definition.ts';
import { isWorkset } from '../../../machines/language/workset.ts';
import { shownStatusOfLine } from '../../../machines/run/record/run-filter.ts';
import { siriusTime } from '../../../machines/sirius-time.ts';
import type { Task } from '../../../machines/task.ts';
import type { WorksetItem, WorksetReport } from '../../api/worksets.ts';
import type { RunSummary } from '../../ports/runs/run-index.ts';
import type { RunView } from '../../ports/runs/workflows.ts';
import { tasksInOrder } from '../task/task-order.ts';
import { shownStatus } from './shown-status.ts';

/** Finds the last event of another run; undefined where it is not known here. */
type LineOf = (run: string) => RunSummary | undefined;

const settled: ReadonlySet<string> = new Set([
  ...['COMPLETED', 'FAILED', 'TIMED_OUT', 'SKIPPED', 'CANCELLED'],
]);
const failed: ReadonlySet<string> = new Set(['FAILED', 'TIMED_OUT']);

/** A workset that was never started, as its definition says. */
export function worksetPlan(definition: Definition): WorksetReport {
  const items = definition.tasks.map((task) => ({ ...itemOf(task), status: 'PENDING', attempts: 0 }));

  return reportOf(definition, { status: 'NOT_STARTED', items, approvals: [] });
}

/** How a workset is, by its run and by the last events of the runs of its items. */
export function worksetReport(view: RunView, lineOf: LineOf): WorksetReport {
  const { definition, state, run, updatedAt } = view;
  const items = tasksInOrder(view)
    .filter(({ depth }) => depth === 0)
    .map((at) => startedItem(at, lineOf));
  const isPartial = items.some(({ status }) => failed.has(status) || status === 'SKIPPED');
  const shown = shownStatus(view);
  const approvals = items.flatMap(({ id, run: child }) =>
    child === undefined ? [] : asked(lineOf(child)?.head).map((each) => ({ item: id, run: child, ...each })),
  );

  return reportOf(definition, {
    ...{ run, items, approvals },
    status: shown === 'COMPLETED' && isWorkset(definition) && isPartial ? 'PARTIAL' : shown,
    ...{ startedAt: state.startedAt, updatedAt },
    ...(state.endedAt === undefined ? {} : { endedAt: state.endedAt }),
  });
}

function asked(head: Head | undefined) {
  return (head?.asks ?? []).map(({ task, since }) => ({ task, since }));
}

type Known = Pick<WorksetReport, 'status' | 'items' | 'approvals'> & Partial<WorksetReport>;

function reportOf(definition: Definition, known: Known): WorksetReport {
  const { id, version, description, labels } = definition;
  const owner = labels['owner'];

  return {
    ...{ id, version, isWorkset: isWorkset(definition) },
    ...(description === undefined ? {} : { goal: description }),
    ...(owner === undefined ? {} : { owner }),
    progress: progressOf(known.items),
    ...known,
  };
}

function progressOf(items: readonly WorksetItem[]): WorksetReport['progress'] {
  const count = (is: (status: string) => boolean) => items.filter(({ status }) => is(status)).length;
  const done = count((status) => settled.has(status));

  return {
    items: items.length,
    settled: done,
    completed: count((status) => status === 'COMPLETED'),
    failed: count((status) => failed.has(status)),
    skipped: count((status) => status === 'SKIPPED'),
    percent: items.length === 0 ? 100 : Math.floor((100 * done) / items.length),
  };
}

function itemOf(task: Task): Pick<WorksetItem, 'id' | 'name' | 'workflow' | 'dependsOn' | 'onFailure'> {
  return {
    id: task.id,
    ...(task.name === undefined ? {} : { name: task.name }),
    ...(task.type === 'SUB_WORKFLOW' ? { workflow: task.workflow } : {}),
    dependsOn: [...task.dependsOn],
    onFailure: task.optional ? 'continue' : 'stop',
  };
}

type At = ReturnType<typeof tasksInOrder>[number];

function startedItem({ task, state }: At, lineOf: LineOf): WorksetItem {
  const child = state.child?.run;
  const line = child === undefined ? undefined : lineOf(child);
  const { startedAt, endedAt, error, attempt: attempts } = state;

  return {
    ...itemOf(task),
    ...{ status: itemStatus(state.state, line), attempts },
    ...(child === undefined ? {} : { run: child }),
    ...(line === undefined ? {} : { progress: { settled: line.head.settled, tasks: line.head.tasks } }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(error === undefined ? {} : { error: { code: error.code, message: error.message } }),
  };
}

/** An item that its run is asked about, or that is paused, says so; one that failed and was let go failed. */
function itemStatus(state: string, line: RunSummary | undefined): string {
  if (state === 'completed_with_errors') return 'FAILED';
  if (state !== 'delegated') return statusOf(state);
  const shown = line === undefined ? 'RUNNING' : shownStatusOfLine(line);

  return shown === 'RUNNING' ? 'IN_PROGRESS' : shown;
}

const stationStatus: Readonly<Record<string, string>> = {
  NOT_STARTED: 'planned',
  RUNNING: 'in_progress',
  NEEDS_APPROVAL: 'in_progress',
};

/** What a station calls a run, in which `workflow` has its state, and where all of a workset is one. */
const stationKeys = { run: 'instance_id', whole: 'workflow_instance' } as const;

/**
 * A report as the seeds' WORKSET policy has it: `workflow` is the run of a workset's only item, else its own, and
 * `tasks` are the tasks of that run, else the items.
 */
export function stationReport(report: WorksetReport, only?: WorksetReport): Record<string, Json> {
  const isWorksetRun = report.isWorkset;
  const { id, goal, owner, run, startedAt, updatedAt, status, approvals } = report;
  const at = only ?? report;
  const current = at.items.find(
    ({ status: each }) => !settled.has(each) && each !== 'PENDING' && each !== 'SCHEDULED',
  );
  const retried = at.items.filter(({ attempts }) => attempts > 1);

  return stripped({
    id: isWorksetRun ? id : `ws-${run}`,
    ...{ goal, created: sirius(startedAt), updated: sirius(updatedAt) },
    status: stationStatus[status] ?? status.toLowerCase(),
    owner,
    ...(isWorksetRun ? {} : { [stationKeys.whole]: run }),
    workflow: stripped({
      definition: at.id,
      [stationKeys.run]: at.run,
      state: at.status,
      current_task: current?.id,
      progress: `${at.progress.percent}%`,
    }),
    tasks: at.items.map((item) =>
      stripped({
        ...{ id: item.id, status: item.status },
        ...{ started: sirius(item.startedAt), completed: sirius(item.endedAt) },
        ...(at === report ? { workflow: item.workflow, [stationKeys.run]: item.run } : {}),
        error: item.error?.message,
      }),
    ),
    failures: {
      count: at.progress.failed,
      retries: retried.map((item) => ({ id: item.id, attempts: item.attempts })),
    },
    approvals: approvals.map(({ task, since }) => ({
      task,
      status: 'pending',
      requested: siriusTime(since),
    })),
  });
}

function sirius(iso: string | undefined): string | undefined {
  return iso === undefined ? undefined : siriusTime(iso);
}

function stripped(values: Readonly<Record<string, Json | undefined>>): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}
