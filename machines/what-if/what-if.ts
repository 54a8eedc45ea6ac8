import type { JournalRecord, RunStatus } from '../../events/record.ts';
import type { Chart } from '../compile/chart.ts';
import { isFinal } from '../compile/task-status.ts';
import { eventOf } from '../run/fold.ts';
import { type Aside, emptyAside, newRun, type Run } from '../run/run.ts';
import { type Alongside, alongside } from './alongside.ts';
import { goOn, type Onward } from './onward.ts';
import { cannotFork, inputDifference, lacksSecrets } from './origin.ts';

/**
 * What a recorded run would have done by another definition. `at` is the event at which it goes another way, `how` says
 * in words what differs there, `end` how it would have ended, as far as that can be told.
 */
export type WhatIf =
  | { readonly kind: 'same'; readonly events: number }
  | { readonly kind: 'diverges'; readonly at: number; readonly how: string; readonly end?: RunStatus }
  /** It would carry out something, `task`, that the run never did, and what would have come of it is not known. */
  | { readonly kind: 'needs'; readonly at: number; readonly task: string; readonly how: string }
  | { readonly kind: 'untold'; readonly why: string };

/** What became of it, and the run as it is then by the other definition; absent where it did not get anywhere. */
export type Held = { readonly whatIf: WhatIf; readonly run?: Run };

/**
 * Feeds what was recorded from outside, results, answers, signals, ends of other runs, timers and what people did, to
 * another definition, and has that decide anew whatever expressions decide. Times, workers, the input of attempts and
 * what an expression saw beside its result are not compared. `aside` is what the run may read besides its journal; its
 * blobs are added to. Throws BlobNeeded.
 */
export function whatIf(
  records: readonly JournalRecord[],
  chart: Chart,
  aside: Aside = { ...emptyAside, blobs: new Map() },
): WhatIf {
  return heldAgainst(records, chart, aside).whatIf;
}

/** The same, with the run that it comes to. */
export function heldAgainst(records: readonly JournalRecord[], chart: Chart, aside: Aside): Held {
  const [first] = records;
  if (first === undefined) return { whatIf: { kind: 'untold', why: 'nothing was recorded' } };
  const forked = cannotFork(first, chart);
  if (forked !== undefined) return { whatIf: { kind: 'untold', why: forked } };
  const input = inputDifference(first, chart);
  if (input !== undefined) return { whatIf: { kind: 'diverges', at: 1, how: input } };
  const { run, left, difference } = alongside(newRun(chart, aside), records);
  if (difference === undefined) return { whatIf: { kind: 'same', events: records.length }, run };
  const why = `${difference.how}; but its secret inputs are not kept any more`;
  if (lacksSecrets(run)) return { whatIf: { kind: 'untold', why } };
  // What did not even begin cannot go on.
  if (run.sequence === 0) return { whatIf: { kind: 'diverges', ...difference } };
  const gone = onward(run, records, left);

  return { whatIf: verdict(difference, gone), run: gone.run };
}

function onward(run: Run, records: readonly JournalRecord[], left: readonly JournalRecord[]): Onward {
  const isOver = isFinal(records.at(-1)?.data.head.status ?? 'RUNNING');

  return goOn(run, left.map(eventOf), isOver ? undefined : lastStates(records));
}

function verdict({ at, how }: NonNullable<Alongside['difference']>, { run, missing }: Onward): WhatIf {
  const { status } = run.state;
  if (missing !== undefined)
    return { kind: 'needs', at, task: missing.task, how: `${how}; ${missing.what} was never recorded` };

  return { kind: 'diverges', at, how, ...(isFinal(status) || status === 'PAUSED' ? { end: status } : {}) };
}

function lastStates(records: readonly JournalRecord[]): ReadonlyMap<string, string> {
  const states = new Map<string, string>();
  for (const { data } of records) {
    for (const { task, to } of data.transitions) if (task !== undefined) states.set(task, to);
  }

  return states;
}
