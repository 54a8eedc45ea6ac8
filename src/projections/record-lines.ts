import type { Json } from '../../events/canonical-json.ts';
import type { JournalRecord } from '../../events/record.ts';
import { statusOf } from '../../machines/compile/run-state.ts';
import { noteOfOutput } from './task-note.ts';

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
  const about = fact['task'];

  const lines = transitions.flatMap(({ task, to }): TransitionLine[] => {
    // The phases of a chart are no statuses, the head has that; and one of them is a matter of the engine alone.
    if (task === undefined && to === 'concluding') return [];
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

/** What an event says besides its type, in a few words. */
export function noteOfRecord({ type, data: { fact } }: JournalRecord): string {
  switch (type) {
    case 'task.completed':
      return noteOfOutput(fact['output']);
    case 'task.failed':
      return `attempt ${textOf(fact['attempt'])}: ${errorNote(fact['error'])}`;
    case 'run.failed':
      return errorNote(fact['error']);
    case 'decision.made':
      return decisionNote(fact);
    case 'condition.evaluated':
      return fact['result'] === true ? 'its condition holds' : 'its condition does not hold';
    case 'approval.granted':
    case 'approval.denied':
      return [`by ${textOf(fact['by'])}`, textOf(fact['comment'])].filter((part) => part !== '').join(': ');
    case 'timer.fired':
      return fact['timer'] === 'task.retry'
        ? 'next attempt'
        : `${textOf(fact['timer'])} at ${textOf(fact['dueAt'])}`;
    default:
      return textOf(fact['reason']);
  }
}

function runNote(record: JournalRecord): string {
  return record.type.startsWith('run.') ? noteOfRecord(record) : '';
}

function elapsed({ time, data: { fact } }: JournalRecord): { readonly elapsedMs?: number } {
  const from = fact['startedAt'];
  if (typeof from !== 'string') return {};

  return { elapsedMs: Math.max(0, Date.parse(time) - Date.parse(from)) };
}

function errorNote(error: Json | undefined): string {
  if (typeof error !== 'object' || error === null || Array.isArray(error)) return '';
  const { code, message } = error as Readonly<Record<string, Json>>;

  return `${textOf(code)}: ${textOf(message)}`;
}

function decisionNote(fact: Readonly<Record<string, Json>>): string {
  const next = Array.isArray(fact['next']) ? fact['next'].join(', ') : '';

  return fact['case'] === undefined
    ? 'no case matched'
    : `${textOf(fact['case'])} → ${next === '' ? 'nothing' : next}`;
}

function textOf(value: Json | undefined): string {
  return value === undefined || value === null
    ? ''
    : typeof value === 'string'
      ? value
      : JSON.stringify(value);
}
