import type { JournalRecord, RunStatus } from '../../events/record.ts';
import type { Chart } from '../compile/chart.ts';
import { isFinal } from '../compile/task-status.ts';
import { eventOf } from '../run/fold.ts';
import { type Aside, emptyAside, newRun, type Run } from '../run/run.ts';
import { type Alongside, alongside, type Difference } from './alongside.ts';
import type { Charts } from './both.ts';
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
 * another definition, and has that decide anew whatever expressions decide. Where it would have somebody do something
 * else than was done, or wait for something else, that is told as well: `charts` are the definitions that the run was
 * recorded by. Times, workers and what an expression saw beside its result are not compared. `aside` is what the run
 * may read besides its journal; its blobs are added to. Throws BlobNeeded.
 */
export function whatIf(
  records: readonly JournalRecord[],
  chart: Chart,
  {
    charts,
    aside = { ...emptyAside, blobs: new Map() },
  }: { readonly charts: Charts; readonly aside?: Aside },
): WhatIf {
  const unknown = records.find(({ data }) => !charts.has(data.head.definition.hash))?.data.head.definition;
  if (unknown === undefined) return heldAgainst(records, chart, aside, charts).whatIf;

  return {
    kind: 'untold',
    why: `${unknown.id} v${unknown.version}, which it was recorded by, is not at hand`,
  };
}

/** The same, with the run that it comes to. Without `charts` only the way that it takes is compared. */
export function heldAgainst(
  records: readonly JournalRecord[],
  chart: Chart,
  aside: Aside,
  charts?: Charts,
): Held {
  const [first] = records;
  if (first === undefined) return { whatIf: { kind: 'untold', why: 'nothing was recorded' } };
  const forked = cannotFork(first, chart);
  if (forked !== undefined) return { whatIf: { kind: 'untold', why: forked } };
  const input = inputDifference(first, chart);
  if (input !== undefined) return { whatIf: { kind: 'diverges', at: 1, how: input } };
  const along = alongside(newRun(chart, aside), records, charts);
  const { run, left, difference, apart } = along;
  if (difference === undefined) {
    const same = { kind: 'same', events: records.length } as const;
    return { whatIf: apart === undefined ? same : { kind: 'diverges', ...apart }, run };
  }
  if (lacksSecrets(run)) return { whatIf: withoutSecrets(along, difference) };
  // What did not even begin cannot go on.
  if (run.sequence === 0) return { whatIf: { kind: 'diverges', ...difference } };
  const gone = onward(run, records, left);

  return { whatIf: verdict(along, difference, gone), run: gone.run };
}

function onward(run: Run, records: readonly JournalRecord[], left: readonly JournalRecord[]): Onward {
  const isOver = isFinal(records.at(-1)?.data.head.status ?? 'RUNNING');

  return goOn(run, left.map(eventOf), isOver ? undefined : lastStates(records));
}

/** What secrets decide is not known without them; what somebody else would have done before is. */
function withoutSecrets({ apart }: Alongside, { how }: Difference): WhatIf {
  if (apart !== undefined) return { kind: 'diverges', ...apart };

  return { kind: 'untold', why: `${how}; but its secret inputs are not kept any more` };
}

/** How it ends is not told where something else would have been done before: other results may come of that. */
function verdict({ apart }: Alongside, difference: Difference, { run, missing }: Onward): WhatIf {
  const { at, how } = apart !== undefined && apart.at < difference.at ? apart : difference;
  const { status } = run.state;
  if (missing !== undefined)
    return { kind: 'needs', at, task: missing.task, how: `${how}; ${missing.what} was never recorded` };
  const isTold = apart === undefined && (isFinal(status) || status === 'PAUSED');

  return { kind: 'diverges', at, how, ...(isTold ? { end: status } : {}) };
}

function lastStates(records: readonly JournalRecord[]): ReadonlyMap<string, string> {
  const states = new Map<string, string>();
  for (const { data } of records) {
    for (const { task, to } of data.transitions) if (task !== undefined) states.set(task, to);
  }

  return states;
}
