// TERMINATE ends the run, whatever else is under way.
import { expect, test } from 'vitest';
import { chartOf } from '../../../support/chart-of.ts';
import { startedRun } from '../../../support/run-spec.ts';

const stops = (keys: string, extra = '') =>
  chartOf(
    `
    - {id: a, uses: noop, compensate: undo_a}
    - {id: long, uses: noop}
    - {id: stop, type: TERMINATE, depends_on: a, ${keys}}
    - {id: undo_a, uses: noop}
  `,
    extra,
  );

test('with COMPLETED the run completes with the output it gives; nothing is undone, the rest is cancelled', () => {
  const run = startedRun(stops('status: COMPLETED, output: {n: "${a.output.n}"}'))
    .completes('a', { n: 2 })
    .isIn('COMPLETED');

  expect(run.run().state.output).toEqual({ n: 2 });
  expect(run.statuses()).toEqual({ a: 'COMPLETED', long: 'CANCELLED', stop: 'COMPLETED', undo_a: 'SKIPPED' });
});

test('with FAILED the run fails for the reason it gives, after undoing', () => {
  const run = startedRun(stops('status: FAILED, reason: "no ${a.output.what}"'))
    .completes('a', { what: 'money' })
    .isIn('COMPENSATING')
    .completes('undo_a')
    .isIn('FAILED');

  expect(run.run().state).toMatchObject({
    failedTask: 'stop',
    error: { code: 'run.terminated-by-task', message: 'no money' },
  });
});

test('from inside of a pass it ends the whole run', () => {
  const run = startedRun(
    chartOf(`
      - id: all
        type: FORK
        for_each: "\${[1, 2]}"
        tasks: [{id: t, uses: noop}, {id: stop, type: TERMINATE, depends_on: t, status: FAILED}]
    `),
  ).completes('all[1].t');

  expect(run.isIn('FAILED').run().state.failedTask).toBe('all[1].stop');
  expect(run.effects()).toEqual([]);
});

test('a reason that cannot be made is a failure of the task', () => {
  const run = startedRun(stops('status: COMPLETED, reason: "${a.output.none.deep}"'))
    .completes('a')
    .completes('undo_a');

  expect(run.isIn('FAILED').run().state.failedTask).toBe('stop');
});

test('a run that a TERMINATE ended does not conclude with the output of its definition', () => {
  const run = startedRun(
    stops('status: COMPLETED, output: {early: true}', 'output: {n: "${long.output.n}"}'),
  );

  expect(run.completes('a').isIn('COMPLETED').run().state.output).toEqual({ early: true });
});
