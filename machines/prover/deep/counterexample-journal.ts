import type { Chart } from '../../chart/chart.ts';
import { seal } from '../../run/record/create-record.ts';
import type { Run } from '../../run/run.ts';
import type { Candidates } from '../candidates/candidates-of.ts';
import { begin } from '../explore/explore.ts';
import type { Scenario } from '../explore/scenario.ts';
import { take } from '../explore/take.ts';

/** The journal that a run has which goes the way of the scenario: its records, and where it stands after them. */
type CounterexampleJournal = { readonly records: readonly string[]; readonly last: Run };

/** Plays a scenario and writes the records that an engine would. Throws where a move means nothing. */
export function journalOf(chart: Chart, candidates: Candidates, scenario: Scenario): CounterexampleJournal {
  let scene = begin(chart, candidates);
  let last = scene.run;
  const records: string[] = [];
  for (const { move } of scenario.parts) {
    const next = take(scene, move);
    if (next === undefined) throw new Error(`${scenario.name}: ${JSON.stringify(move)} means nothing there`);
    for (const { event } of next.events) {
      const sealed = seal(last, event);
      records.push(sealed.body);
      last = sealed.run;
    }
    scene = next;
  }

  return { records, last };
}
