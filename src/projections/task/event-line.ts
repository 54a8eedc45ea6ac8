import type { FactMembers } from '../../../events/catalogue.ts';
import type { JournalRecord } from '../../../events/record.ts';
import { siriusTime } from '../../../machines/sirius-time.ts';
import type { EventDocument, EventLine } from '../../api/run-parts.ts';
import type { HistoryEntry } from '../../ports/runs/workflows.ts';
import { noteOfRecord } from './fact-note.ts';

/** Events that say that somebody stepped in: an answer, a pause, a retry, a signal and so on. */
const interventions: ReadonlySet<string> = new Set([
  'approval.granted',
  'approval.denied',
  'approval.change-requested',
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
  'task.assigned',
  'task.resolved',
  'task.skipped',
]);

/** An event as a line of a list. */
export function eventLine(record: JournalRecord, position: number, problem?: string): EventLine {
  const { sequence, time, type, actor, data } = record;
  const { task }: FactMembers = data.fact;

  return {
    sequence,
    position,
    time,
    type,
    actor,
    ...(task === undefined ? {} : { task }),
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

/** An event with what it says. */
export function eventDocument(record: JournalRecord, position: number): EventDocument {
  const { data, hash, previoushash, request, time } = record;

  return {
    ...eventLine(record, position),
    sirius: siriusTime(time),
    fact: data.fact as EventDocument['fact'],
    transitions: data.transitions,
    hash,
    previousHash: previoushash,
    ...(request === undefined ? {} : { request }),
  };
}

/** The entries of a history as documents, to be given one after another. */
export function eventDocuments(): (entry: HistoryEntry) => EventDocument {
  let before: EventDocument | undefined;

  return (entry) => {
    before = 'record' in entry ? eventDocument(entry.record, entry.position) : damagedEvent(before, entry);

    return before;
  };
}

function damagedEvent(
  before: EventLine | undefined,
  { position, problem, damage }: Extract<HistoryEntry, { readonly problem: string }>,
): EventDocument {
  const place = { sequence: (before?.sequence ?? 0) + 1, position, problem };

  return { ...problemLine(before, place), ...unknownContent, damage };
}

/** What is told of a message that is no event. */
export const unknownContent = { fact: {}, transitions: [], hash: '', previousHash: '' };
