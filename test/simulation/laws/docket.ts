// Everything that is known of one run: its journal is folded here once more, record by record, as it is stored, and
// each law of test/support sees every event.
import type { FactMembers } from '../../../events/catalogue.ts';
import type { JournalRecord } from '../../../events/record.ts';
import type { Chart } from '../../../machines/chart/chart.ts';
import type { Command } from '../../../machines/run/decide/command.ts';
import { type Effect, pendingEffects } from '../../../machines/run/effects.ts';
import { type Sealed, seal } from '../../../machines/run/record/create-record.ts';
import { eventOf } from '../../../machines/run/record/fold.ts';
import { newRun, type Run } from '../../../machines/run/run.ts';
import { finalRunsStay, type Law, transitionsFollow } from '../../support/core-laws.ts';
import { tasksWaitTheirTurn, undoingIsTheReverse } from '../../support/order-laws.ts';
import { attemptsEndOnce, effectsAreComplete, firstTimerIsFirst } from '../../support/work-laws.ts';

/** One event as it was stored. */
export type Entry = { readonly before: Run; readonly sealed: Sealed; readonly record: JournalRecord };

export type Docket = {
  /** Folds one more record. Throws when it is not what the run before it leads to, byte for byte, or breaks a law. */
  readonly enter: (body: string) => Entry;
  readonly run: () => Run;
  /** The run after so many events; undefined when it has not come so far. */
  readonly at: (sequence: number) => Run | undefined;
  readonly record: (sequence: number) => JournalRecord | undefined;
  readonly records: () => readonly JournalRecord[];
  /** The last word of the laws, when all is over. Throws. */
  readonly close: () => void;
};

/** `isMixed`: what a head does not have that this release would write is not asked of it. */
export function createDocket(chart: Chart, { isMixed }: { readonly isMixed: boolean }): Docket {
  const laws: readonly Law[] = [
    transitionsFollow(chart),
    finalRunsStay(),
    attemptsEndOnce(),
    effectsAreComplete(),
    firstTimerIsFirst(),
    tasksWaitTheirTurn(chart),
    undoingIsTheReverse(chart),
  ];
  const states: Run[] = [newRun(chart)];
  const records: JournalRecord[] = [];
  let pending: readonly Effect[] = [];
  const last = (): Run => states.at(-1) ?? newRun(chart);

  return {
    enter: (body) => {
      const record = JSON.parse(body) as JournalRecord;
      const before = last();
      const sealed = seal(before, eventOf(record), isMixed ? record.data.head : undefined);
      if (sealed.body !== body)
        throw new Error(`I2, I10: ${record.id} is not what the events before it lead to`);
      if (record.time < (records.at(-1)?.time ?? '')) throw new Error(`the time goes back at ${record.id}`);
      const pendingBefore = pending;
      pending = pendingEffects(sealed.run);
      const move = { before, sealed, pendingBefore, pending, command: commandOf(record) };
      for (const law of laws) law.see(move);
      states.push(sealed.run);
      records.push(record);

      return { before, sealed, record };
    },
    run: last,
    at: (sequence) => states[sequence],
    record: (sequence) => records[sequence - 1],
    records: () => records,
    close: () => {
      for (const law of laws) law.over({ run: last(), moves: [], sent: [] });
    },
  };
}

/** Of the command that led to an event the laws ask only what it may do to a run that is over, or to a task by hand. */
function commandOf({ type, data }: JournalRecord): Command {
  const { task = '' }: FactMembers = data.fact;
  switch (type) {
    case 'run.retried':
      return { kind: 'retryRun' };
    case 'run.rerun':
      return { kind: 'rerun', from: data.fact.from };
    case 'dead-letter.dropped':
      return { kind: 'dropDeadLetter' };
    case 'approval.refused':
      return { kind: 'refuseApproval', task, by: '', decision: 'approve', code: '', message: '' };
    case 'task.logged':
      return { kind: 'logAttempt', task, attempt: data.fact.attempt, worker: data.fact.worker, log: {} };
    case 'task.resolved':
      return { kind: 'resolveTask', task, output: null };
    default:
      return { kind: 'evaluate', task };
  }
}

/** Whether two states of a run are the same: they would be written alike, byte for byte. */
export function isSame(one: Run, other: Run): boolean {
  return isAlike(one.state, other.state);
}

/** What is undefined is not written. Cheaper than writing both, which is done for every event of every engine. */
function isAlike(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [ones, others] = [definedIn(one), definedIn(other)];

  return (
    ones.length === others.length &&
    ones.every(([key, value]) => isAlike(value, (other as Record<string, unknown>)[key]))
  );
}

function definedIn(value: object): readonly (readonly [string, unknown])[] {
  return Object.entries(value).filter(([, member]) => member !== undefined);
}
