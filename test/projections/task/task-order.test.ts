// The order in which tasks are shown: that of the definition, whatever they are inside of. Method: real runs.
import { expect, test } from 'vitest';
import { shownTasks, tasksInOrder } from '../../../src/projections/task/task-order.ts';
import { chartOf } from '../../support/chart-of.ts';
import { startedRun } from '../../support/run-spec.ts';
import { viewOf } from '../view-of.ts';

test('tasks in the branches of a FORK stand after it, further in, each once', () => {
  const run = startedRun(
    chartOf(`
      - { id: first, type: NOOP }
      - id: split
        type: FORK
        depends_on: first
        branches:
          - - { id: left, uses: notify }
            - id: inner
              type: FORK
              branches: [[{ id: deep, uses: notify }]]
          - - { id: right, uses: notify }
      - { id: both, type: JOIN, join_on: [split] }
    `),
  );
  const tasks = tasksInOrder(viewOf(run)).map(({ address, depth }) => `${depth} ${address}`);
  expect(tasks).toEqual(['0 first', '0 split', '1 left', '1 inner', '2 deep', '1 right', '0 both']);
});

test('tasks of a pass stand after their owner with their address, in nested passes, too', () => {
  const run = startedRun(
    chartOf(`
      - id: outer
        type: FORK
        for_each: '\${["a", "b"]}'
        tasks:
          - id: inner
            type: DO_WHILE
            items: '\${[1, 2]}'
            tasks: [{ id: pay, uses: notify }]
    `),
  );
  run.completes('outer[0].inner[0].pay');
  expect(shownTasks(viewOf(run)).map(({ address, depth }) => `${depth} ${address}`)).toEqual([
    '0 outer',
    '1 outer[0].inner',
    '2 outer[0].inner[1].pay',
    '1 outer[1].inner',
    '2 outer[1].inner[0].pay',
  ]);
});

test('however many passes there are and however deep, what is shown stays small', () => {
  const run = startedRun(
    chartOf(`
      - id: outer
        type: FORK
        for_each: '\${[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]}'
        tasks:
          - id: inner
            type: FORK
            for_each: '\${[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]}'
            tasks: [{ id: pay, uses: notify }]
    `),
  );
  expect(shownTasks(viewOf(run))).toHaveLength(1 + 10 + 10);
});
