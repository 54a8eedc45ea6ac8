// TERMINATE ends the run, whatever else is under way.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../../../machines/language/load-definition.ts';
import { headOf } from '../../../../machines/run/record/head.ts';
import { chartOf } from '../../../support/chart-of.ts';
import { definitionText } from '../../../support/definition-text.ts';
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

const eachOf = (stop: string, more = '') =>
  startedRun(
    chartOf(
      `
      - id: each
        type: FORK
        for_each: "[1, 2]"${more}
        tasks:
          - {id: look, uses: noop}
          - {id: stop, type: TERMINATE, depends_on: look, when: look.output.stop == true, scope: body, ${stop}}
          - {id: slow, uses: noop}
          - {id: work, uses: noop, depends_on: [look, slow]}
      - {id: after, type: TRANSFORM, depends_on: each, join: all_done, output: {all: "\${each.output}"}}
    `,
    ),
  );

test('with scope: body an item ends, with what is under way in it, and the others go on', () => {
  const run = eachOf('status: COMPLETED, output: {left: out}');
  run.completes('each[0].look', { stop: true }).isIn('RUNNING');
  expect(run.effects()).toEqual(['each[1].look#1', 'each[1].slow#1']);
  run.completes('each[1].look', { stop: false }).completes('each[1].slow').completes('each[1].work', 7);

  expect(run.isIn('COMPLETED').at('each').output).toMatchObject({
    ...{ succeeded: 2, failed: 0 },
    results: [{ look: { stop: true }, stop: { left: 'out' } }, { work: 7 }],
  });
});

test('FAILED with a code fails the item, which the FORK may tolerate, catch, or try again', () => {
  const stop = 'status: FAILED, error_code: stock.gone, reason: nothing left';
  const tolerant = eachOf(stop, '\n        tolerate_failures: 1').completes('each[0].look', { stop: true });
  tolerant.completes('each[1].look', { stop: false }).completes('each[1].slow').completes('each[1].work', 7);
  expect(tolerant.isIn('COMPLETED').at('each').output).toMatchObject({
    failures: [{ index: 0, code: 'stock.gone', message: 'nothing left' }],
  });

  const caught = eachOf(stop, '\n        catch: [{errors: stock.gone, next: after}]');
  expect(caught.completes('each[0].look', { stop: true }).at('each')).toMatchObject({
    ...{ state: 'caught', error: { code: 'stock.gone' } },
  });

  const retried = eachOf(stop, '\n        retry_policy: {max_attempts: 2, initial_delay: 1s}');
  retried.completes('each[0].look', { stop: true }).passes(1_000);
  expect(retried.at('each')).toMatchObject({ state: 'open', attempt: 2 });

  const lasting = eachOf(stop, '\n        retry_policy: {max_attempts: 2, non_retryable: [stock.gone]}');
  expect(lasting.completes('each[0].look', { stop: true }).isIn('FAILED').run().state.error).toMatchObject({
    code: 'stock.gone',
  });
});

test('with scope: body a branch ends and the others go on; where it is not reached, the branch goes on', () => {
  const chart = chartOf(`
    - id: both
      type: FORK
      branches:
        - - {id: look, uses: noop}
          - {id: stop, type: TERMINATE, when: look.output.stop == true, status: COMPLETED, scope: body}
          - {id: work, uses: noop}
        - [{id: other, uses: noop}]
    - {id: after, type: JOIN, join_on: [work, other]}
  `);
  const stopped = startedRun(chart).completes('look', { stop: true });
  expect(stopped.statuses()).toMatchObject({ stop: 'COMPLETED', work: 'CANCELLED', other: 'SCHEDULED' });
  stopped.completes('other').isIn('COMPLETED');
  expect(stopped.at('after').output).toEqual({ other: {} });

  const goesOn = startedRun(chart).completes('look', { stop: false }).completes('other').completes('work');
  expect(goesOn.isIn('COMPLETED').statuses()).toMatchObject({ stop: 'SKIPPED', work: 'COMPLETED' });
});

test('with scope: body one iteration of a loop ends, and its condition is looked at', () => {
  const run = startedRun(
    chartOf(`
      - id: rounds
        type: DO_WHILE
        loop_condition: look.output.more
        tasks:
          - {id: look, uses: noop}
          - {id: stop, type: TERMINATE, depends_on: look, when: look.output.stop, status: COMPLETED, scope: body}
          - {id: slow, uses: noop}
    `),
  );
  run
    .completes('rounds[0].look', { stop: true, more: true })
    .completes('rounds[1].look', { stop: true, more: false });

  expect(run.isIn('COMPLETED').at('rounds').output).toMatchObject({ iteration: 2 });
});

test('a run that a TERMINATE fails has the code that it gives', () => {
  const run = startedRun(
    chartOf('- {id: t, type: TERMINATE, status: FAILED, error_code: order.closed, reason: no}'),
  );

  expect(run.isIn('FAILED').run().state.error).toMatchObject({ code: 'order.closed', message: 'no' });
});

test('scope: body is refused where no body is', () => {
  const content = definitionText('- {id: t, type: TERMINATE, status: FAILED, scope: body}');
  const result = loadDefinition({ file: 'd.yaml', content });

  expect(result.ok ? [] : result.problems).toMatchObject([{ code: 'definition.bad-combination' }]);
});

test('with TERMINATED the run is undone and ends so, which is no failure: no failure workflow starts', () => {
  const run = startedRun(
    stops(
      'status: TERMINATED, error_code: order.recalled, reason: recalled, output: {n: 1}',
      'failure_workflow: f',
    ),
  )
    .completes('a')
    .isIn('COMPENSATING')
    .completes('undo_a')
    .isIn('TERMINATED');

  expect(run.run().state).toMatchObject({
    ...{ failedTask: 'stop', output: { n: 1 } },
    error: { code: 'order.recalled', message: 'recalled', retryable: false },
  });
  expect(headOf(run.run())).toMatchObject({
    status: 'TERMINATED',
    error: 'order.recalled',
    shown: undefined,
  });
});

test('a run that was cancelled is told from one that a TERMINATE ended TERMINATED', () => {
  const run = startedRun(stops('status: TERMINATED')).does({ kind: 'cancelRun' }).isIn('TERMINATED');

  expect(headOf(run.run())).toMatchObject({ status: 'TERMINATED', shown: 'CANCELLED' });
});

test('a run that ended TERMINATED may be retried: the TERMINATE is reached again', () => {
  const run = startedRun(
    chartOf(`
      - {id: a, uses: noop}
      - {id: t, type: TERMINATE, depends_on: a, status: TERMINATED}
    `),
  );
  run.completes('a').isIn('TERMINATED');

  expect(run.does({ kind: 'retryRun' }).isIn('TERMINATED').statuses()).toEqual({
    a: 'COMPLETED',
    t: 'COMPLETED',
  });
});

test('a body does not end TERMINATED', () => {
  const each =
    '{id: each, type: FORK, for_each: "[1]", tasks: [{id: t, type: TERMINATE, status: TERMINATED, scope: body}]}';
  const result = loadDefinition({ file: 'd.yaml', content: definitionText(`- ${each}`) });

  expect(result.ok ? [] : result.problems).toMatchObject([
    { code: 'definition.bad-combination', message: expect.stringContaining('COMPLETED or FAILED') },
  ]);
});
