// SET_VARIABLE changes variables of the run, which every later expression sees.
import { expect, test } from 'vitest';
import { chartOf } from '../../../support/chart-of.ts';
import { startedRun } from '../../../support/run-spec.ts';

test('variables are set beside those that were there, and are the output of the task', () => {
  const run = startedRun(
    chartOf(
      `
      - {id: a, uses: noop}
      - {id: set, type: SET_VARIABLE, depends_on: a, variables: {n: "\${workflow.variables.n + a.output.n}"}}
      - {id: read, type: TRANSFORM, depends_on: set, output: {n: "\${workflow.variables.n}"}}
    `,
      'variables: {n: 1, kept: true}',
    ),
  ).completes('a', { n: 2 });

  expect(run.isIn('COMPLETED').run().state.variables).toEqual({ n: 3, kept: true });
  expect(run.at('set').output).toEqual({ n: 3 });
  expect(run.at('read').output).toEqual({ n: 3 });
});

test('in a loop each iteration sees what the one before set', () => {
  const run = startedRun(
    chartOf(
      `
      - id: rounds
        type: DO_WHILE
        loop_condition: workflow.variables.n < 3
        tasks: [{id: set, type: SET_VARIABLE, variables: {n: "\${workflow.variables.n + 1}"}}]
    `,
      'variables: {n: 0}',
    ),
  );

  expect(run.isIn('COMPLETED').run().state.variables).toEqual({ n: 3 });
});

test('an expression that fails leaves the variables as they were', () => {
  const run = startedRun(
    chartOf(
      `
      - {id: a, uses: noop}
      - {id: set, type: SET_VARIABLE, depends_on: a, variables: {n: "\${a.output.x.y}"}}
    `,
      'variables: {n: 1}',
    ),
  ).completes('a', {});

  expect(run.isIn('FAILED').run().state).toMatchObject({ failedTask: 'set', variables: { n: 1 } });
});
