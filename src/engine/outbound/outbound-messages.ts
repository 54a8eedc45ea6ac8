import type { FactMembers } from '../../../events/catalogue.ts';
import type { OutboundType } from '../../../events/outbound-events.ts';
import type { JournalRecord, Transition } from '../../../events/record.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';

/** One thing that a record is told to other programs as. `task` is there for approvals. */
export type Telling = { readonly type: OutboundType; readonly task?: string };

const begins: Readonly<Record<string, OutboundType>> = {
  'run.started': 'workflow.run.started',
  'run.forked': 'workflow.run.started',
  'run.resumed': 'workflow.run.resumed',
  'run.retried': 'workflow.run.continued',
  'run.rerun': 'workflow.run.continued',
};

const answers: ReadonlySet<string> = new Set<OutboundType>([
  'approval.granted',
  'approval.denied',
  'approval.change-requested',
  'approval.delegated',
  'approval.refused',
]);

/**
 * What a record tells other programs, in the order in which it happened: most records nothing. `transitions` are all
 * of it, also where the record leaves some out.
 */
export function tellingsOf(record: JournalRecord, transitions: readonly Transition[]): readonly Telling[] {
  const begun = begins[record.type];
  const end = endOf(record, transitions);

  return [
    ...(begun === undefined ? [] : [{ type: begun }]),
    ...answerOf(record, transitions),
    ...transitions.flatMap(asked),
    ...(isPause(record, transitions) ? [{ type: 'workflow.run.paused' as const }] : []),
    ...(end === undefined ? [] : [{ type: end }]),
  ];
}

/** Whether the transition ends a wait for people. */
export function settles(transitions: readonly Transition[], task: string): boolean {
  return transitions.some((each) => each.task === task && each.from === 'pending_approval');
}

function answerOf({ type, data }: JournalRecord, transitions: readonly Transition[]): readonly Telling[] {
  const { task, timer }: FactMembers = data.fact;
  if (task === undefined) return [];
  if (answers.has(type)) return [{ type: type as OutboundType, task }];
  if (type !== 'timer.fired' || timer === undefined) return [];
  if (timer === 'approval.escalation') return [{ type: 'approval.escalated', task }];
  if (timer === 'approval.reminder') return [{ type: 'approval.reminded', task }];
  if (timer !== 'approval.timeout') return [];

  return [{ type: settles(transitions, task) ? 'approval.expired' : 'approval.escalated', task }];
}

function asked({ task, to }: Transition): readonly Telling[] {
  return task !== undefined && to === 'pending_approval' ? [{ type: 'approval.requested', task }] : [];
}

function isPause({ type, data }: JournalRecord, transitions: readonly Transition[]): boolean {
  return data.head.status === 'PAUSED' && type !== 'run.forked' && movesRun(transitions);
}

function endOf({ type, data }: JournalRecord, transitions: readonly Transition[]): OutboundType | undefined {
  const { status } = data.head;
  if (!isFinal(status)) return undefined;
  // A run that goes on and has nothing to do is over again at once, and shows no transition.
  if (!movesRun(transitions) && begins[type] === undefined) return undefined;

  return ends[status];
}

const ends: Readonly<Record<string, OutboundType>> = {
  COMPLETED: 'workflow.run.completed',
  FAILED: 'workflow.run.failed',
  TIMED_OUT: 'workflow.run.timed_out',
  TERMINATED: 'workflow.run.terminated',
};

function movesRun(transitions: readonly Transition[]): boolean {
  return transitions.some(({ task }) => task === undefined);
}
