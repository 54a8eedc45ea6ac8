import type { JournalRecord } from '../../../events/record.ts';
import type { EventLine } from '../../api/run-parts.ts';
import { noteOfRecord } from './fact-note.ts';

/** Events that say that somebody stepped in: an answer, a pause, a retry, a signal and so on. */
const interventions: ReadonlySet<string> = new Set([
  'approval.granted',
  'approval.denied',
  'approval.delegated',
  'approval.refused',
  'dead-letter.dropped',
  'run.cancelled',
  'run.forked',
  'run.migrated',
  'run.paused',
  'run.rerun',
  'run.resumed',
  'run.retried',
  'run.terminated',
  'signal.received',
  'task.resolved',
  'task.skipped',
]);

/** An event as a line of a list. */
export function eventLine(record: JournalRecord, position: number, problem?: string): EventLine {
  const { sequence, time, type, actor, data } = record;
  const { task } = data.fact;

  return {
    sequence,
    position,
    time,
    type,
    actor,
    ...(typeof task === 'string' ? { task } : {}),
    note: noteOfRecord(record),
    status: data.head.status,
    // A task whose attempts are used up pauses its run, which nobody asked for.
    isIntervention: interventions.has(type) && !actor.startsWith('engine'),
    ...(problem === undefined ? {} : { problem }),
  };
}

/** A message that is no record, or cannot follow those before it, in the place of an event. */
export function problemLine(
  before: EventLine | undefined,
  { sequence, position, problem }: Pick<EventLine, 'sequence' | 'position'> & { readonly problem: string },
): EventLine {
  return {
    sequence,
    position,
    time: before?.time ?? '',
    type: 'journal.damaged',
    actor: '',
    note: problem,
    status: before?.status ?? '',
    isIntervention: false,
    problem,
  };
}
