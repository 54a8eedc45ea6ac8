// A branch may hold tasks that only stand in for others or undo them. The language keeps them out of the sequence, so
// that a run neither waits for them nor takes them for the end of the branch. Method: drive the core with commands.
import { expect, test } from 'vitest';
import { chartOf } from '../../support/chart-of.ts';
import { startedRun } from '../../support/run-spec.ts';

const chart = chartOf(`
  - id: fan
    type: FORK
    branches:
      - - {id: look, type: NOOP}
        - {id: pay, uses: x, fallback: cash, compensate: refund, catch: [{errors: [pay.fraud], next: report}]}
        - {id: cash, uses: x}
        - {id: report, uses: x}
        - {id: refund, uses: x}
        - {id: ship, uses: x, compensate: recall}
        - {id: recall, uses: x}
  - {id: after, uses: x, depends_on: fan}
`);

test('a branch goes on when nothing has to stand in, and ends with the last of its sequence', () => {
  const run = startedRun(chart);
  expect(run.effects()).toEqual(['pay#1']);
  expect(run.completes('pay').effects()).toEqual(['ship#1']);
  run.completes('ship', { by: 'air' });
  expect(run.at('fan').output).toEqual({ ship: { by: 'air' } });
  expect(run.statuses()).toMatchObject({ cash: 'SKIPPED', report: 'SKIPPED' });
  run.completes('after').isIn('COMPLETED');
});

test('what stands in for a task lets its branch go on', () => {
  const run = startedRun(chart).fails('pay', 'pay.declined', false);
  expect(run.effects()).toEqual(['cash#1']);
  expect(run.completes('cash').effects()).toEqual(['ship#1']);
  run.completes('ship').completes('after').isIn('COMPLETED');
});

test('a caught failure ends the sequence, and the run goes on behind the FORK', () => {
  const run = startedRun(chart).fails('pay', 'pay.fraud', false);
  expect(run.effects()).toEqual(['report#1']);
  expect(run.completes('report').statuses()).toMatchObject({
    pay: 'FAILED',
    ship: 'SKIPPED',
    fan: 'COMPLETED',
  });
  run.completes('after').isIn('COMPLETED');
});

test('what the branch did is undone, the last first', () => {
  const run = startedRun(chart).completes('pay').completes('ship').fails('after');
  expect(run.isIn('COMPENSATING').effects()).toEqual(['recall#1']);
  expect(run.completes('recall').effects()).toEqual(['refund#1']);
  run.completes('refund').isIn('FAILED');
});

test('one task may stand in for several of a branch', () => {
  const run = startedRun(
    chartOf(`
      - id: fan
        type: FORK
        branches: [[{id: a, uses: x, fallback: f}, {id: b, uses: x}, {id: c, uses: x, fallback: f}, {id: f, uses: x}, {id: d, uses: x}]]
    `),
  );
  run.completes('a').completes('b').fails('c', 'c.failed', false).completes('f').completes('d');
  expect(run.isIn('COMPLETED').statuses()).toMatchObject({ c: 'COMPLETED_WITH_ERRORS', d: 'COMPLETED' });
});
