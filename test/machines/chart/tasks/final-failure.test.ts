// Where a task goes when it finally fails: `catch` before `fallback` before `optional` before the end of the run.
// Method: fail it in every way there is and look where it and the run are then.
import { expect, test } from 'vitest';
import { chartOf } from '../../../support/chart-of.ts';
import { startedRun } from '../../../support/run-spec.ts';

const caught = chartOf(`
  - id: pay
    uses: noop
    catch: [{errors: [card.declined, card.expired], next: ask_card}, {errors: ["*"], next: tell_us}]
  - {id: ask_card, uses: noop}
  - {id: tell_us, uses: noop}
  - {id: after, uses: noop, depends_on: [ask_card, tell_us]}
`);

test('a failure goes to the task that the first clause with its code names, and the run goes on', () => {
  const run = startedRun(caught).fails('pay', 'card.expired').isIn('RUNNING');

  expect(run.statuses()).toEqual({
    pay: 'FAILED',
    ask_card: 'SCHEDULED',
    tell_us: 'SKIPPED',
    after: 'PENDING',
  });
  run.completes('ask_card').completes('after').isIn('COMPLETED');
});

test('a star catches every other code', () => {
  const run = startedRun(caught).fails('pay', 'net.down');

  expect(run.effects()).toEqual(['tell_us#1']);
  run.completes('tell_us').completes('after').isIn('COMPLETED');
});

test('a task that nothing had to catch leaves those that would have caught it skipped', () => {
  const run = startedRun(caught).completes('pay').isIn('COMPLETED');

  expect(run.statuses()).toEqual({
    pay: 'COMPLETED',
    ask_card: 'SKIPPED',
    tell_us: 'SKIPPED',
    after: 'SKIPPED',
  });
});

test('only the final failure is caught: retries come first', () => {
  const run = startedRun(
    chartOf(`
      - id: pay
        uses: noop
        retry_policy: {max_attempts: 2, initial_delay: 1s}
        catch: [{errors: ["*"], next: tell_us}]
      - {id: tell_us, uses: noop}
    `),
  ).fails('pay');

  expect(run.statuses()).toEqual({ pay: 'RETRYING', tell_us: 'PENDING' });
  expect(run.passes(1_000).fails('pay').effects()).toEqual(['tell_us#1']);
});

test('what catches a failure can read its code', () => {
  const run = startedRun(
    chartOf(`
      - {id: pay, uses: noop, catch: [{errors: ["*"], next: note}]}
      - {id: note, type: TRANSFORM, output: {code: "\${pay.error.code}", status: "\${pay.status}"}}
    `),
  ).fails('pay', 'net.down');

  expect(run.at('note').output).toEqual({ code: 'net.down', status: 'FAILED' });
  run.isIn('COMPLETED');
});

test('a task that catches and fails itself takes the run down with its own error', () => {
  const run = startedRun(caught).fails('pay', 'net.down').fails('tell_us', 'mail.down').isIn('FAILED');

  expect(run.run().state).toMatchObject({ failedTask: 'tell_us', error: { code: 'mail.down' } });
});

const both = chartOf(`
  - id: pay
    uses: noop
    catch: [{errors: [card.declined], next: ask_card}]
    fallback: cash
  - {id: ask_card, uses: noop}
  - {id: cash, uses: noop}
`);

test('catch comes before fallback, and fallback takes what no clause names', () => {
  expect(startedRun(both).fails('pay', 'card.declined').statuses()).toEqual({
    pay: 'FAILED',
    ask_card: 'SCHEDULED',
    cash: 'SKIPPED',
  });
  const run = startedRun(both).fails('pay', 'net.down');
  expect(run.statuses()).toEqual({ pay: 'WAITING', ask_card: 'PENDING', cash: 'SCHEDULED' });
  run.completes('cash', { paid: 1 }).isIn('COMPLETED');
  expect(run.at('pay')).toMatchObject({ state: 'completed_with_errors', output: { paid: 1 } });
});

test('several fallbacks stand in together: the output is a map from their ids', () => {
  const run = startedRun(
    chartOf(`
      - {id: pay, uses: noop, fallback: [cash, points]}
      - {id: cash, uses: noop}
      - {id: points, uses: noop}
    `),
  ).fails('pay');
  expect(run.effects()).toEqual(['cash#1', 'points#1']);

  run.completes('cash', 1).completes('points', 2).isIn('COMPLETED');
  expect(run.at('pay').output).toEqual({ cash: 1, points: 2 });
});

test('an optional task whose fallback fails goes on with errors and without a result', () => {
  const run = startedRun(
    chartOf(`
      - {id: pay, uses: noop, fallback: cash, optional: true}
      - {id: cash, uses: noop}
      - {id: after, uses: noop, depends_on: pay}
    `),
  )
    .fails('pay', 'net.down')
    .fails('cash');

  expect(run.at('pay')).toMatchObject({ state: 'completed_with_errors', error: { code: 'net.down' } });
  expect(run.effects()).toEqual(['after#1']);
});

test('a time-out is caught by the code of its timer', () => {
  const run = startedRun(
    chartOf(`
      - {id: pay, uses: noop, queue_timeout: 5s, catch: [{errors: [task.queue-timeout], next: tell_us}]}
      - {id: tell_us, uses: noop}
    `),
  ).passes(5_000);

  expect(run.statuses()).toEqual({ pay: 'FAILED', tell_us: 'SCHEDULED' });
});

test('a condition that cannot be evaluated is a failure like any other', () => {
  const run = startedRun(
    chartOf(`
      - {id: a, uses: noop}
      - {id: pay, uses: noop, depends_on: a, when: "a.output.n > 1", catch: [{errors: ["*"], next: tell_us}]}
      - {id: tell_us, uses: noop}
    `),
  ).completes('a', {});

  expect(run.statuses()).toMatchObject({ pay: 'FAILED', tell_us: 'SCHEDULED' });
});
