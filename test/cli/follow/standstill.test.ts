// Whether a run may stand still, told from record to record without folding it each time. Method: the records of real
// runs; the answer has to be the one that a look at the whole run gives, with few such looks.
import { expect, test } from 'vitest';
import type { JournalRecord } from '../../../events/record.ts';
import { fold } from '../../../machines/run/record/fold.ts';
import { createStandstill, type Motion } from '../../../src/cli/follow/standstill.ts';
import { toView } from '../../../src/engine/queries/queries.ts';
import { chartOf } from '../../support/chart-of.ts';
import { type Driven, startedRun } from '../../support/run-spec.ts';

const chart = chartOf(
  `
  - id: each
    type: FORK
    for_each: '\${[1, 2]}'
    tolerate_failures: 2
    timeout: 1h
    optional: true
    tasks:
      - { id: scan, uses: files.scan }
      - { id: ask, type: HUMAN, wait_for_approval: true, depends_on: scan }
  - { id: last, type: WAIT, depends_on: each }
  `,
);

test('a run may stand still once every pass waits for a person, and no more when one moves', async () => {
  const run = startedRun(chart).completes('each[0].scan').completes('each[1].scan');
  run.does({ kind: 'approve', task: 'each[0].ask', by: 'ana' });
  run.does({ kind: 'approve', task: 'each[1].ask', by: 'ana' });
  expect(await answers(run)).toEqual({
    still: ['moving', 'moving', 'moving', 'still', 'still', 'still'],
    looks: 1,
  });
});

test('what was under way in a list that timed out counts no more', async () => {
  const run = startedRun(chart).completes('each[0].scan').passes(3_600_000);
  expect((await answers(run)).still.at(-1)).toBe('still');
});

test('what changes a whole run is looked at as a whole', async () => {
  const run = startedRun(chart).does({ kind: 'pauseRun' }).does({ kind: 'resumeRun' });
  const { still, looks } = await answers(run);
  expect(still.slice(-2)).toEqual(['still', 'moving']);
  expect(looks).toBe(3);
});

test('a run that only agents would move, or have in hand, is told from one that moves', async () => {
  const queued = chartOf(`
    - { id: scan, uses: files.scan }
    - { id: far, assigned_to: SCOUT }
    - { id: able, requires: fly }
  `);
  const run = startedRun(queued).completes('scan').does({
    kind: 'startTask',
    task: 'far',
    attempt: 1,
    worker: 'w1',
  });
  expect((await answers(run, queued)).still).toEqual(['moving', 'queued', 'queued']);
});

/** What is said after each record, and how often the run was folded for that. */
async function answers({ bodies }: Driven, of = chart) {
  const records = bodies.map((body) => ({ body, record: JSON.parse(body) as JournalRecord }));
  let [read, looks] = [0, 0];
  const standstill = createStandstill(() => {
    looks += 1;
    return Promise.resolve(toView(fold(of, records.slice(0, read)), ''));
  });
  const still: Motion[] = [];
  for (const { record } of records) {
    read += 1;
    still.push(await standstill.after(record));
  }

  return { still, looks };
}
