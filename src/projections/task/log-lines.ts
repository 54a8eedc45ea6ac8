import type { FactMembers } from '../../../events/catalogue.ts';
import type { JournalRecord } from '../../../events/record.ts';
import { statusOf } from '../../../machines/chart/task-status.ts';
import type { LogLine } from '../../api/run-parts.ts';
import type { BookRow } from '../insights/book-row.ts';
import { noteOfRecord } from './fact-note.ts';

/** Phases of a run that say nothing to a reader: they are a matter of the engine alone. */
const inner: ReadonlySet<string> = new Set(['concluding', 'leaving', 'notifying', 'queued']);

const linesMax = 2_000;

/** What was said and done in a run, up to event `at`: the latest 2,000 lines, of one task or of all. */
export function logLines(
  rows: readonly BookRow[],
  { at, task }: { readonly at?: number | undefined; readonly task?: string | undefined },
): readonly LogLine[] {
  const lines: LogLine[] = [];
  const end = Math.min(at ?? rows.length, rows.length);
  for (let index = end - 1; index >= 0 && lines.length < linesMax; index--) {
    const row = rows[index];
    if (row === undefined || (task !== undefined && row.line.task !== task)) continue;
    lines.push(...linesOf(row).toReversed());
  }

  return lines.toReversed().slice(-linesMax);
}

function linesOf({ line, worker, attempt, error }: BookRow): readonly LogLine[] {
  const { sequence, time, type, task, note } = line;
  const at = { event: sequence, time, level: levelOf(line.problem ?? error?.code, type) };
  const about = task === undefined ? {} : { task };
  const by = worker === undefined || type !== 'task.started' ? '' : ` on ${worker}`;
  const tries = attempt === undefined || attempt === 1 || type === 'task.failed' ? '' : `attempt ${attempt}`;
  const text = [`${type.replace('.', ' ')}${by}`, tries, note].filter((part) => part !== '').join(': ');
  const said = error?.tail?.split('\n') ?? [];

  return [{ ...at, ...about, text }, ...said.map((each) => ({ ...at, ...about, text: `  ${each}` }))];
}

const warnings: ReadonlySet<string> = new Set([
  'approval.denied',
  'approval.refused',
  'run.cancelled',
  'run.paused',
  'run.terminated',
  'task.skipped',
  'timer.fired',
]);

function levelOf(error: string | undefined, type: string): LogLine['level'] {
  if (error !== undefined || type === 'run.failed') return 'error';

  return warnings.has(type) ? 'warn' : 'info';
}

/** One transition as a log line shows it. `task` is absent for the run itself. */
export type TransitionLine = {
  readonly time: string;
  readonly task?: string;
  readonly status: string;
  readonly elapsedMs?: number;
  readonly note: string;
};

/** What a record changed, for people who read along. The note stands at the task that the event is about. */
export function transitionLines(record: JournalRecord): readonly TransitionLine[] {
  const { fact, transitions } = record.data;
  const { task: about }: FactMembers = fact;

  const lines = transitions.flatMap(({ task, to }): TransitionLine[] => {
    // The phases of a chart are no statuses, the head has that.
    if (task === undefined && inner.has(to)) return [];
    if (task === undefined)
      return [{ time: record.time, status: record.data.head.status, note: runNote(record) }];
    const status = statusOf(to);
    // That a task waits for its condition to be looked at says nothing to a reader.
    if (status === 'PENDING') return [];
    if (task !== about) return [{ time: record.time, task, status, note: '' }];

    return [{ time: record.time, task, status, ...elapsed(record), note: noteOfRecord(record) }];
  });
  // A run begins before its tasks do.
  if (record.sequence === 1)
    lines.sort((a, b) => Number(a.task !== undefined) - Number(b.task !== undefined));

  return lines;
}

function runNote(record: JournalRecord): string {
  return record.type.startsWith('run.') ? noteOfRecord(record) : '';
}

function elapsed({ time, data }: JournalRecord): { readonly elapsedMs?: number } {
  const { startedAt }: FactMembers = data.fact;
  if (startedAt === undefined) return {};

  return { elapsedMs: Math.max(0, Date.parse(time) - Date.parse(startedAt)) };
}
