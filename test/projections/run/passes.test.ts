// How far a FORK over a list has come, and which of its passes are worth a look. Method: real runs are driven to a
// state and asked.
import { expect, test } from 'vitest';
import { passCounts, passesText, tellingPasses } from '../../../src/projections/run/passes.ts';
import { chartOf } from '../../support/chart-of.ts';
import { type Driven, startedRun } from '../../support/run-spec.ts';

const chart = chartOf(
  `
  - id: each
    type: FORK
    for_each: '\${workflow.input.items}'
    concurrency: 40
    tolerate_failures: 100%
    tasks:
      - { id: pay, uses: notify }
  `,
  'input: { required: [items] }',
);

test('counts what is done, failed and under way', () => {
  const run = working(100);
  for (let index = 0; index < 5; index += 1) run.completes(`each[${index}].pay`);
  for (let index = 5; index < 8; index += 1) run.fails(`each[${index}].pay`, 'pay.declined', false);
  const counts = passCounts(run.at('each'));
  expect(counts).toEqual({ total: 100, completed: 5, failed: 3, running: 40 });
  expect(counts && passesText(counts)).toBe('5/100 done, 3 failed, 40 running');
});

test('a task without a body counts nothing', () => {
  expect(passCounts({ state: 'completed', attempt: 1 })).toBeUndefined();
  expect(tellingPasses({ state: 'completed', attempt: 1 }, 10)).toEqual([]);
});

test('few failures do not hide what is under way, and many leave it half of the room', () => {
  const run = working(100);
  expect(shown(run)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  run.fails('each[30].pay', 'x', false);
  expect(shown(run)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 30]);
  for (let index = 10; index < 20; index += 1) run.fails(`each[${index}].pay`, 'x', false);
  expect(shown(run)).toEqual([0, 1, 2, 3, 4, 10, 11, 12, 13, 14]);
});

test('of a FORK that is over, only what failed is worth a look', () => {
  const run = working(3);
  run.completes('each[0].pay').fails('each[1].pay', 'x', false);
  expect(shown(run)).toEqual([1, 2]);
  run.completes('each[2].pay');
  expect(shown(run)).toEqual([1]);
});

function working(count: number): Driven {
  return startedRun(chart, { items: Array.from({ length: count }, (_, index) => index) });
}

function shown(run: Driven): readonly number[] {
  return tellingPasses(run.at('each'), 10).map(({ index }) => index);
}
