import type { JournalRecord } from '../../../events/record.ts';
import { statusOf } from '../../../machines/chart/task-status.ts';
import { noteOfRecord } from './fact-note.ts';

/** One transition as a log line shows it. `task` is absent for the run itself. */
export type TransitionLine = {
  readonly time: string;
  readonly task?: string;
  readonly status: string;
  readonly elapsedMs?: number;
  readonly note: string;
};

/** Phases of a run that say nothing to a reader: they are a matter of the engine alone. */
const inner: ReadonlySet<string> = new Set(['concluding', 'leaving', 'notifying', 'queued']);

/** What a record changed, for people who read along. The note stands at the task that the event is about. */
export function transitionLines(record: JournalRecord): readonly TransitionLine[] {
  const { fact, transitions } = record.data;
  const about = fact['task'];

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

function elapsed({ time, data: { fact } }: JournalRecord): { readonly elapsedMs?: number } {
  const from = fact['startedAt'];
  if (typeof from !== 'string') return {};

  return { elapsedMs: Math.max(0, Date.parse(time) - Date.parse(from)) };
}
