// A run as a page shows it: what happened, what may be asked of it, what it will take. Method: runs of the pure core.
import { expect, test } from 'vitest';
import { runActions } from '../../../src/projections/run/run-document.ts';
import { expectedEndAt, runPage } from '../../../src/projections/run/run-page.ts';
import { chartOf } from '../../support/chart-of.ts';
import { startedRun } from '../../support/run-spec.ts';
import { startMs, viewOf } from '../view-of.ts';

const chart = chartOf(`
  - { id: scan, assigned_to: SCOUT, timeout: 1h }
  - id: each
    type: FORK
    for_each: '\${[1]}'
    as: item
    depends_on: scan
    tasks: [{ id: ask, type: HUMAN, wait_for_approval: true }]
`);
const context = {
  shortId: 'run',
  typicalMs: 60_000,
  last: 9,
  isPast: false,
  nowMs: startMs + 5_000,
  lines: new Map([['scan', 4]]),
};

test('a page tells when the run will have ended, judged by others, and where its tasks stand', () => {
  const page = runPage(viewOf(startedRun(chart)), context);
  expect(page).toMatchObject({
    shown: 'RUNNING',
    expectedEndAt: '2026-01-01T00:01:00.000Z',
    tasks: [{ id: 'scan', line: 4, status: 'SCHEDULED', depth: 0 }, { id: 'each' }],
    startedBy: 'manual',
  });
});

test('nothing is expected of a run that waits for a person, that is over, or of which too little is known', () => {
  const asking = chartOf('  - { id: ask, type: HUMAN, wait_for_approval: true }');
  expect(expectedEndAt(viewOf(startedRun(asking)), 60_000)).toBeUndefined();
  expect(expectedEndAt(viewOf(startedRun(chart)), undefined)).toBeUndefined();
  const done = startedRun(chart);
  done.does({ kind: 'terminateRun' });
  expect(expectedEndAt(viewOf(done), 60_000)).toBeUndefined();
});

test('what may be asked is told with the words that a person would type; of the past only a fork', () => {
  const view = viewOf(startedRun(chart));
  const now = runActions(view, { isPast: false });
  expect(now).toContainEqual({
    kind: 'skipTask',
    task: 'scan',
    signal: undefined,
    command: `workflow skip ${view.run} scan`,
    who: 'L1 or above',
  });
  expect(now.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['pauseRun', 'cancelRun', 'terminateRun', 'resolveTask', 'fork']),
  );
  expect(runActions(view, { isPast: true }).map(({ kind }) => kind)).toEqual(['fork']);
});

test('of a run that is set aside nothing can be asked', () => {
  const damage = { code: 'journal.altered', sequence: 2, position: 2, message: 'altered' };
  const view = { ...viewOf(startedRun(chart)), damage };
  expect(runActions(view, { isPast: false })).toEqual([]);
  expect(runPage(view, context)).toMatchObject({
    status: 'QUARANTINED',
    shown: 'QUARANTINED',
    problem: 'event 2 (position 2 of the journal): altered [journal.altered]',
    damage,
    actions: [],
  });
});
