import type { Fact } from '../../events/catalogue.ts';
import type { JournalRecord, Transition } from '../../events/record.ts';
import { eventOf } from '../run/fold.ts';
import { redactFact } from '../run/redact.ts';
import type { Run } from '../run/run.ts';
import { type Charts, type Recorded, recorded } from './both.ts';
import { commandOf } from './command-of.ts';
import { factDifference, factWords, transitionDifference } from './differences.ts';
import { fired, overdue, tooEarly, tooLate } from './limits.ts';
import { filledIn } from './origin.ts';
import { otherChild } from './other-child.ts';
import { otherWait } from './other-wait.ts';
import { beginsOtherwise, otherwise } from './otherwise.ts';
import { tell } from './told.ts';

/**
 * How far a run goes the way that was recorded: `difference` says at which event it does not and why. `run` went its
 * own way there, `left` is what was recorded and it did not take. `apart` is the first event that fits its way but may
 * not have come of what it asks for; nothing is known of it where `charts` are not given.
 */
export type Alongside = {
  readonly run: Run;
  readonly left: readonly JournalRecord[];
  readonly difference?: Difference;
  readonly apart?: Difference | undefined;
};

export type Difference = { readonly at: number; readonly how: string };

/** Takes a run along its records for as long as it comes to the same facts and transitions. Throws BlobNeeded. */
export function alongside(begun: Run, records: readonly JournalRecord[], charts?: Charts): Alongside {
  let run = begun;
  let was: Run | undefined;
  let apart: Difference | undefined;
  for (const [index, record] of records.entries()) {
    const at = record.sequence;
    const left = records.slice(index);
    const then = charts && recorded({ was, aside: begun.aside }, record, charts);
    const late = overdue(run, record, { before: records[index - 1], was: then?.before });
    if (late !== undefined) return { run: fired(run, late), left, difference: tooLate(at, late), apart };
    const taken = take(run, record, then?.transitions);
    apart ??= othersAt(then, run, taken);
    was = then?.run;
    run = taken.run;
    if (taken.how === undefined) continue;
    return {
      run,
      left: run.sequence > index ? left.slice(1) : left,
      difference: { at, how: taken.how },
      apart,
    };
  }
  if (was !== undefined) apart ??= differenceAt(records.length, otherWait({ was, now: run }));

  return { run, left: [], apart };
}

/** What an event tells of the definition besides its way, and what begins with it. */
function othersAt(recorded: Recorded | undefined, now: Run, taken: Taken): Difference | undefined {
  if (recorded === undefined || recorded.before.chart.ref.hash === now.chart.ref.hash) return undefined;
  const { before, run, fact, transitions } = recorded;
  // What follows from a way that is another one says nothing of the work.
  const how =
    otherwise({ was: before, now }, fact) ??
    (taken.how === undefined ? beginsOtherwise({ was: run, now: taken.run }, transitions) : undefined);

  return differenceAt(run.sequence, how);
}

function differenceAt(at: number, how: string | undefined): Difference | undefined {
  return how === undefined ? undefined : { at, how };
}

type Taken = { readonly run: Run; readonly how?: string | undefined };

/** A record that changes nothing, and that another definition need not take. */
const beside: ReadonlySet<Fact['type']> = new Set([
  'task.assigned',
  'task.heartbeat',
  'approval.refused',
  'run.migrated',
]);

function take(run: Run, record: JournalRecord, all: readonly Transition[] | undefined): Taken {
  const { fact, ...of } = eventOf(record);
  const input = fact.type === 'run.started' ? filledIn(fact.data.input, run.chart) : undefined;
  const command = commandOf(run, fact);
  const early = tooEarly(command, record) ?? otherChild(run, fact);
  if (early !== undefined) return { run, how: early };
  const told =
    command === undefined
      ? { ok: false as const, message: 'nothing waits for it' }
      : tell(run, input === undefined ? command : { ...command, ...{ input } }, { ...of, told: fact });
  if (!told.ok && beside.has(fact.type)) return { run: { ...run, sequence: run.sequence + 1 } };
  if (!told.ok) return { run, how: `${factWords(fact)} means nothing any more: ${told.message}` };
  // A record lists no more than so many, and nothing is hidden today that was shown then.
  const { transitions, omitted } = all === undefined ? record.data : { transitions: all, omitted: 0 };
  const [was, is] = [fact, told.fact].map((each) => redactFact(each, run.aside.hidden)) as [Fact, Fact];
  const how = factDifference(was, is) ?? transitionDifference(transitions, told.transitions, omitted);

  return { run: told.run, how };
}
