import type { Fact } from '../../../events/catalogue.ts';
import type { JournalRecord, Transition } from '../../../events/record.ts';
import { localId } from '../../chart/address.ts';
import type { Chart } from '../../chart/chart.ts';
import { evolve } from '../../run/record/evolve.ts';
import { eventOf } from '../../run/record/fold.ts';
import { newRun, type Run } from '../../run/run.ts';
import type { Task } from '../../task.ts';

/** The definitions that a run was recorded by, by their hashes. */
export type Charts = ReadonlyMap<string, Chart>;

/** A run as it was recorded, and as it is by another definition, at the same event. */
export type Both = { readonly was: Run; readonly now: Run };

/** One event of a run by the definition that it was recorded by. */
export type Recorded = {
  readonly before: Run;
  readonly run: Run;
  readonly fact: Fact;
  /** All of them: a record lists no more than so many. */
  readonly transitions: readonly Transition[];
};

/** Takes one record by the definition it was recorded by; undefined where that is not at hand. */
export function recorded(
  { was, aside }: { readonly was: Run | undefined; readonly aside: Run['aside'] },
  record: JournalRecord,
  charts: Charts,
): Recorded | undefined {
  const chart = charts.get(record.data.head.definition.hash);
  if (chart === undefined) return undefined;
  const before = was === undefined ? newRun(chart, aside) : { ...was, chart };
  const event = eventOf(record);
  const { run, transitions } = evolve(before, event);

  return { before, run: { ...run, sequence: record.sequence }, fact: event.fact, transitions };
}

/** A task in both definitions; undefined where one of them does not have it. */
export function taskOfBoth({ was, now }: Both, address: string): readonly [Task, Task] | undefined {
  const [before, after] = [was, now].map(({ chart }) => chart.plan.get(localId(address))?.task);

  return before === undefined || after === undefined ? undefined : [before, after];
}
