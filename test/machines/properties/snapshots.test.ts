// Snapshots of random runs: whichever event one was made at, folding goes on from it as if it had begun at the first.
// Method: definitions and schedules as in property-suite.ts. From the snapshot of every event the rest of the journal
// is replayed, which compares every byte of every record; at the end nothing may differ from the run that was live.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from '../../../events/canonical-json.ts';
import type { JournalRecord } from '../../../events/record.ts';
import { compileChart } from '../../../machines/chart/chart.ts';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { pendingEffects } from '../../../machines/run/effects.ts';
import { type ReadRecord, replayRecord } from '../../../machines/run/record/fold.ts';
import { readSnapshot, runAt, snapshotText } from '../../../machines/run/record/snapshot.ts';
import { newRun, type Run } from '../../../machines/run/run.ts';
import { firstTimer, timersOf } from '../../../machines/run/timers.ts';
import { playSchedule } from '../../support/play-schedule.ts';
import { definitionOf } from '../../support/random-definition.ts';
import { recipes } from '../../support/random-recipe.ts';
import { schedules } from '../../support/random-schedule.ts';

const palette = [
  'SIMPLE',
  'SIMPLE',
  'SET_VARIABLE',
  'TRANSFORM',
  'JOIN',
  'DECISION',
  'SUB_WORKFLOW',
  'HUMAN',
  'WAIT',
  'HTTP',
  'FORK',
  'FOR_EACH',
  'DO_WHILE',
];
const library = 'test';
const definitionsMax = 40;
/** From every event of a run of so many; in longer ones from every second, third, ... */
const snapshotsMax = 20;

test('folding from a snapshot made at any event gives the run, byte for byte', { timeout: 120_000 }, () => {
  let [runs, snapshots] = [0, 0];
  const some = fc.array(schedules(24), { minLength: 6, maxLength: 6, size: 'max' });
  for (const [recipe, each] of fc.sample(fc.tuple(recipes(2), some), { seed: 7, numRuns: definitionsMax })) {
    const content = JSON.stringify({ workflow: definitionOf(recipe, palette) });
    const result = loadDefinition({ file: 'random.json', content });
    if (!result.ok) continue;
    const chart = compileChart(result.loaded.definition, result.loaded.ref);
    for (const schedule of each) {
      const { moves } = playSchedule(chart, schedule, () => undefined);
      const live = moves.map(({ sealed }) => sealed.run);
      const records = moves.map(({ sealed: { body } }) => ({
        body,
        record: JSON.parse(body) as JournalRecord,
      }));
      const every = Math.ceil(moves.length / snapshotsMax);
      for (let at = 0; at < moves.length; at += every) {
        expectSame(newRun(chart), { live, records, at });
        snapshots += 1;
      }
      runs += 1;
    }
  }

  expect(runs).toBeGreaterThan(4 * definitionsMax);
  expect(snapshots).toBeGreaterThan(5 * runs);
});

function expectSame(
  begun: Run,
  {
    live,
    records,
    at,
  }: { readonly live: readonly Run[]; readonly records: readonly ReadRecord[]; readonly at: number },
): void {
  const [made, stored, last] = [live[at], records[at], live.at(-1)];
  if (made === undefined || stored === undefined || last === undefined) throw new Error(`no event ${at}`);
  const snapshot = readSnapshot(snapshotText(made, { position: at + 1, library }));
  let run = snapshot && runAt(snapshot, { begun, library, stored });
  if (run === undefined) throw new Error(`the snapshot of event ${at + 1} is not believed`);
  expect(told(run)).toEqual(told(made));
  for (const record of records.slice(at + 1)) run = replayRecord(run, record);

  expect(told(run)).toEqual(told(last));
}

function told(run: Run) {
  return {
    state: canonicalJson(run.state),
    sequence: run.sequence,
    hash: run.hash,
    effects: pendingEffects(run),
    timers: timersOf(run),
    first: firstTimer(run),
  };
}
