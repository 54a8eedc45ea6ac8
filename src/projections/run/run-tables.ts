import { localId } from '../../../machines/chart/task-at.ts';
import type { Definition } from '../../../machines/definition.ts';
import type { Task } from '../../../machines/task.ts';
import { isDynamic } from '../../../machines/task-names.ts';
import type { Stored } from '../../ports/runs/journal.ts';
import type { SqlTable, SqlValue } from '../../ports/runs/run-sql.ts';
import { type BookRow, leadersIn } from '../insights/book-row.ts';
import type { ExecutionRow } from '../insights/executions.ts';
import { placesOf } from '../task/task-order.ts';
import { timelineOf } from '../task/timeline.ts';

/** The tables that are filled for a question, and their columns. */
export const detailColumns = {
  tasks: ['run', 'task', 'id', 'type', 'status', 'attempts', 'agent', 'started_at', 'ended_at', 'error'],
  attempts: [
    ...['run', 'task', 'id', 'attempt', 'kind', 'agent', 'worker', 'queued_at', 'started_at', 'ended_at'],
    ...['outcome', 'error', 'message'],
  ],
  events: [
    ...[
      'run',
      'sequence',
      'position',
      'time',
      'type',
      'actor',
      'task',
      'attempt',
      'worker',
      'status',
      'note',
    ],
    ...['error', 'data'],
  ],
  workflow_executions: [
    ...['id', 'workflow_id', 'trigger_id', 'agents_involved', 'execution_status', 'result', 'timestamp'],
  ],
} as const;

export type DetailTable = keyof typeof detailColumns;
export type DetailRow = SqlTable['rows'][number];

/** A run as it was read: its messages, the same as rows, and the definition that it goes by, where that is known. */
export type ReadRun = {
  readonly run: string;
  readonly stored: readonly Stored[];
  readonly rows: readonly BookRow[];
  readonly definition: Definition | undefined;
};

/** One row for each event. */
export function eventRows({ run, stored, rows }: ReadRun): readonly DetailRow[] {
  return rows.map(({ line, attempt, worker, error }, at) => {
    const message = stored[at];
    const fact = message?.kind === 'record' ? JSON.stringify(message.record.data.fact) : undefined;
    const { sequence, position, time, type, actor, task, status, note } = line;

    return nulls([
      run,
      sequence,
      position,
      time,
      type,
      actor,
      task,
      attempt,
      worker,
      status,
      note,
      error?.code,
      fact,
    ]);
  });
}

/** One row for each task that has begun, by its address. */
export function taskRowsOf(read: ReadRun): readonly DetailRow[] {
  const { run } = read;

  return tasksOf(read).map(({ address, type, status, bars, agent, failureOf }) => {
    const attempts = Math.max(0, ...bars.map(({ attempt }) => attempt));
    const last = bars.at(-1);
    const error = isBad(status) ? failureOf(attempts)?.code : undefined;

    return nulls([
      ...[run, address, localId(address), type, status, attempts, agent, bars[0]?.from, last?.to, error],
    ]);
  });
}

/** One row for each attempt, be it carried out or waited for. */
export function attemptRows(read: ReadRun): readonly DetailRow[] {
  const { run } = read;

  return tasksOf(read).flatMap(({ address, bars, agent, failureOf }) =>
    bars.flatMap(({ kind, attempt, from, to, worker, outcome }, at): readonly DetailRow[] => {
      if (kind !== 'running' && kind !== 'waiting') return [];
      const before = bars[at - 1];
      const queued = before?.kind === 'queued' && before.attempt === attempt ? before.from : undefined;
      const error = outcome === undefined || outcome === 'completed' ? undefined : failureOf(attempt);
      return [
        nulls([
          ...[run, address, localId(address), attempt, kind, agent, worker, queued, from, to],
          ...[outcome, error?.code, error?.message],
        ]),
      ];
    }),
  );
}

/** As the seeds have it: lists and results are JSON. */
export function executionRowOf({ agents_involved, result, ...row }: ExecutionRow): DetailRow {
  return [
    ...[row.id, row.workflow_id, row.trigger_id, JSON.stringify(agents_involved), row.execution_status],
    result === null ? null : JSON.stringify(result),
    row.timestamp,
  ];
}

type Error = NonNullable<BookRow['error']>;

function tasksOf({ rows, definition }: ReadRun) {
  const places = definition === undefined ? undefined : placesOf(definition);
  const leaders = new Map(rows.flatMap(leadersIn));
  const errors = new Map<string, Error>(
    rows.flatMap(({ line: { task }, attempt, error }) =>
      task === undefined || error === undefined ? [] : [[`${task} ${attempt}`, error] as const],
    ),
  );

  return timelineOf(rows, { definition, rowsMax: Number.POSITIVE_INFINITY }).rows.map(
    ({ id: address, type, status, bars }) => ({
      ...{ address, type, status, bars },
      agent: leaders.get(address) ?? agentNamedBy(places?.get(localId(address))?.task),
      failureOf: (attempt: number): Error | undefined => errors.get(`${address} ${attempt}`),
    }),
  );
}

function agentNamedBy(task: Task | undefined): string | undefined {
  const { performer } = task ?? {};

  return performer?.kind === 'agent' && !isDynamic(performer.agent) ? performer.agent : undefined;
}

function isBad(status: string): boolean {
  return status === 'FAILED' || status === 'TIMED_OUT' || status === 'COMPLETED_WITH_ERRORS';
}

function nulls(values: readonly (SqlValue | undefined)[]): DetailRow {
  return values.map((value) => value ?? null);
}
