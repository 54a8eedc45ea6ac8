// A definition that did not change explains every run it ever had. Method: random definitions of all types, random
// schedules with everything that people, workers and clocks do, and what-if of the journal against another version of
// the same content.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JournalRecord } from '../../../../events/record.ts';
import { type Chart, compileChart } from '../../../../machines/chart/chart.ts';
import { loadDefinition } from '../../../../machines/language/load-definition.ts';
import { whatIf } from '../../../../machines/prover/what-if/what-if.ts';
import { playSchedule } from '../../../support/play-schedule.ts';
import { definitionOf, type JsonMap, type Palette } from '../../../support/random-definition.ts';
import { recipes } from '../../../support/random-recipe.ts';
import { schedules } from '../../../support/random-schedule.ts';

const flat = ['SIMPLE', 'SIMPLE', 'NOOP', 'EVENT', 'HTTP', 'TRANSFORM', 'SET_VARIABLE', 'JOIN', 'DECISION'];
const waiting = ['SIMPLE', 'HUMAN', 'WAIT', 'SUB_WORKFLOW', 'TERMINATE', 'TRANSFORM'];
const nested = ['SIMPLE', 'TRANSFORM', 'DECISION', 'WAIT', 'HUMAN', 'FORK', 'FOR_EACH', 'DO_WHILE'];
const schedulesEach = 4;

test.each([
  ['that decide', flat, 0],
  ['that wait', waiting, 0],
  ['with bodies', nested, 1],
  ['with bodies in bodies', [...nested, 'SUB_WORKFLOW'], 2],
] as const)(
  'random runs of tasks %s come out the same',
  { timeout: 120_000 },
  (_what, palette: Palette, depth) => {
    let runs = 0;
    const some = fc.array(schedules(24), { minLength: schedulesEach, maxLength: schedulesEach, size: 'max' });
    fc.assert(
      fc.property(recipes(depth), some, (recipe, each) => {
        const chart = chartFor(definitionOf(recipe, palette));
        if (chart === undefined) return;
        // Another version that says the same in all that counts.
        const other = compileChart(chart.definition, { ...chart.ref, version: 2, hash: 'f'.repeat(64) });
        for (const schedule of each) {
          const records = played(chart, schedule);
          const charts = new Map([[chart.ref.hash, chart]]);
          expect(whatIf(records, other, { charts })).toEqual({ kind: 'same', events: records.length });
          // What was recorded so far of a run that goes on.
          const part = records.slice(0, Math.ceil(records.length / 2));
          expect(whatIf(part, other, { charts })).toEqual({ kind: 'same', events: part.length });
          runs += 1;
        }
      }),
      { seed: 7, numRuns: 15, endOnFailure: true },
    );
    expect(runs).toBeGreaterThan(40);
  },
);

function played(chart: Chart, schedule: Parameters<typeof playSchedule>[1]): readonly JournalRecord[] {
  const { moves } = playSchedule(chart, schedule, () => undefined);

  return moves.map(({ sealed }) => JSON.parse(sealed.body) as JournalRecord);
}

/** What only writes to a file gives what its expressions make; the worker of the schedule gives anything. */
function chartFor(definition: JsonMap): Chart | undefined {
  const content = JSON.stringify({ workflow: definition }).replaceAll(',"output_to":"out/result.json"', '');
  const result = loadDefinition({ file: 'random.json', content });

  return result.ok ? compileChart(result.loaded.definition, result.loaded.ref) : undefined;
}
