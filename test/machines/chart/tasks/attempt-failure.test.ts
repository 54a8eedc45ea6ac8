// What follows when an attempt goes wrong. Method: one task with one policy, and a clock that only the test moves.
import { expect, test } from 'vitest';
import { chartOf } from '../../../support/chart-of.ts';
import { type Driven, startedRun } from '../../../support/run-spec.ts';

const one = (keys: string) =>
  startedRun(chartOf(`- {id: t, uses: noop, ${keys}}\n- {id: other, uses: noop}`));
const begin = (run: Driven, attempt = 1) => run.does({ kind: 'startTask', task: 't', attempt, worker: 'w' });

test('attempts that are used up pause the run, and resuming it grants as many again', () => {
  const run = one('retry_policy: {max_attempts: 2, initial_delay: 1s, on_exhausted: pause}')
    .fails('t')
    .passes(1_000)
    .fails('t', 'disk.full')
    .isIn('PAUSED');
  expect(run.run().state).toMatchObject({ pausedBy: 't' });
  expect(run.statuses()['t']).toBe('WAITING');
  expect(run.at('t').error?.code).toBe('disk.full');

  expect(run.does({ kind: 'resumeRun' }).effects()).toEqual(['t#3', 'other#1']);
  expect(run.run().state.pausedBy).toBeUndefined();
  run.fails('t').passes(1_000);
  expect(run.effects()).toEqual(['t#4', 'other#1']);
  run
    .fails('t')
    .isIn('PAUSED')
    .does({ kind: 'resumeRun' })
    .completes('t')
    .completes('other')
    .isIn('COMPLETED');
});

test('a failure that no further attempt can help pauses as well', () => {
  one('retry_policy: {max_attempts: 5, on_exhausted: pause}').fails('t', 'bad', false).isIn('PAUSED');
});

test('what is in flight beside a task whose attempts are used up ends, and nothing new begins', () => {
  const run = startedRun(
    chartOf(`
      - {id: t, uses: noop, retry_policy: {on_exhausted: pause}}
      - {id: a, uses: noop}
      - {id: b, uses: noop, depends_on: a}
    `),
  )
    .fails('t')
    .completes('a')
    .isIn('PAUSED');
  expect(run.effects()).toEqual([]);

  expect(run.does({ kind: 'resumeRun' }).effects()).toEqual(['t#2', 'b#1']);
});

test('attempts may be used up while the run is paused already', () => {
  const run = one('retry_policy: {on_exhausted: pause}').does({ kind: 'pauseRun' }).fails('t').isIn('PAUSED');

  expect(run.does({ kind: 'resumeRun' }).effects()).toEqual(['t#2', 'other#1']);
});

test('an exhausted task can be completed or skipped by hand', () => {
  const exhausted = () =>
    one('retry_policy: {on_exhausted: pause}').completes('other').fails('t').isIn('PAUSED');

  exhausted()
    .does({ kind: 'resolveTask', task: 't', output: 5 })
    .does({ kind: 'resumeRun' })
    .isIn('COMPLETED');
  exhausted().does({ kind: 'skipTask', task: 't' }).does({ kind: 'resumeRun' }).isIn('COMPLETED');
});

test('a catch, a fallback and optional come before the pause', () => {
  const policy = 'retry_policy: {on_exhausted: pause}';
  const run = (keys: string) =>
    startedRun(chartOf(`- {id: t, uses: noop, ${policy}, ${keys}}\n- {id: c, uses: noop}`));

  run('catch: [{errors: [x], next: c}]').fails('t', 'x').isIn('RUNNING');
  run('catch: [{errors: [x], next: c}]').fails('t', 'y').isIn('PAUSED');
  run('fallback: c').fails('t').isIn('RUNNING');
  run('optional: true').fails('t').isIn('RUNNING');
});

test('the time that a person takes to look is no part of the total timeout', () => {
  const run = one('total_timeout: 10s, retry_policy: {on_exhausted: pause}')
    .fails('t')
    .passes(3_600_000)
    .does({ kind: 'resumeRun' })
    .passes(9_999)
    .isIn('RUNNING');

  run.passes(1).isIn('FAILED');
});

test('a total timeout ends a task that waits for its next attempt', () => {
  const run = one('total_timeout: 5s, retry_policy: {max_attempts: 9, backoff: fixed, initial_delay: 60s}')
    .fails('t')
    .passes(5_000)
    .isIn('FAILED');

  expect(run.statuses()['t']).toBe('TIMED_OUT');
  expect(run.run().state.error?.code).toBe('task.total-timeout');
});

test('a heartbeat that stays away costs one attempt, and each attempt has a clock of its own', () => {
  const run = begin(one('heartbeat_timeout: 10s, retry_policy: {max_attempts: 2, initial_delay: 1s}'))
    .does({ kind: 'heartbeat', task: 't', attempt: 1 })
    .passes(10_000);
  expect(run.statuses()['t']).toBe('RETRYING');

  begin(run.passes(1_000), 2).passes(9_999).isIn('RUNNING');
  run.passes(1).isIn('FAILED');
});

test('a queue timeout costs the whole task: another attempt would wait in the same queue', () => {
  const run = one('queue_timeout: 5s, retry_policy: {max_attempts: 9}').passes(5_000).isIn('FAILED');

  expect(run.statuses()['t']).toBe('TIMED_OUT');
});

test('the queue is timed for every attempt, not from the first', () => {
  const run = one('queue_timeout: 5s, retry_policy: {max_attempts: 2, initial_delay: 60s, backoff: fixed}')
    .fails('t')
    .passes(60_000)
    .passes(4_999)
    .isIn('RUNNING');

  run.passes(1).isIn('FAILED');
});

test('codes that are not to be retried include those of time-outs', () => {
  begin(one('timeout: 1s, retry_policy: {max_attempts: 9, non_retryable: [task.timeout]}'))
    .passes(1_000)
    .isIn('FAILED');
});

test('a time-out that is only noted is noted once an attempt', () => {
  const run = begin(
    one('timeout: 1s, timeout_policy: alert, retry_policy: {max_attempts: 2, initial_delay: 1s}'),
  );
  const noted = () => run.bodies.filter((body) => body.includes('"timer":"task.timeout"')).length;
  run.passes(30_000);
  expect(noted()).toBe(1);

  begin(run.fails('t').passes(1_000), 2).passes(30_000);
  expect(noted()).toBe(2);
});

test('a delay is spread by a jitter that is the same in every replay', () => {
  const delay = () => {
    const run = one('retry_policy: {max_attempts: 2, initial_delay: 60s, jitter: full}').fails('t');
    return run.at('t').retryAt;
  };

  expect(delay()).toBe(delay());
});
