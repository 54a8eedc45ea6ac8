// What a SIMPLE task does on its way: attempts, retries, timeouts, fallback, optional. Method: drive the pure core
// with commands and a clock that only the test moves, and compare the whole trail of transitions.
import { expect, test } from 'vitest';
import { chartOf } from '../../support/chart-of.ts';
import { startedRun } from '../../support/run-spec.ts';

const one = chartOf(`
  - id: build
    uses: noop
`);

test('a task without dependencies is scheduled when the run starts and its completion completes the run', () => {
  const run = startedRun(one).completes('build', { size: 3 }).isIn('COMPLETED');

  expect(run.trail).toEqual([
    'build: waiting -> scheduled',
    'run: created -> running',
    'build: scheduled -> completed',
    'run: running -> completed',
  ]);
  expect(run.run().state.tasks['build']).toMatchObject({ attempt: 1, output: { size: 3 }, worker: 'tester' });
});

test('a start that is recorded separately leads through in_progress', () => {
  const run = startedRun(one)
    .does({ kind: 'startTask', task: 'build', attempt: 1, worker: 'w' })
    .completes('build');

  expect(run.trail).toContain('build: scheduled -> in_progress');
  expect(run.trail).toContain('build: in_progress -> completed');
});

test('a dependent starts when everything it depends on is settled, not before', () => {
  const run = startedRun(
    chartOf(`
      - {id: a, uses: noop}
      - {id: b, uses: noop}
      - {id: c, uses: noop, depends_on: [a, b]}
    `),
  );
  expect(run.effects()).toEqual(['a#1', 'b#1']);
  expect(run.completes('b').effects()).toEqual(['a#1']);
  expect(run.completes('a').effects()).toEqual(['c#1']);
  run.completes('c').isIn('COMPLETED');
});

test('parallel_with takes the dependencies of the other task, so both start together', () => {
  const run = startedRun(
    chartOf(`
      - {id: a, uses: noop}
      - {id: b, uses: noop, depends_on: a}
      - {id: c, uses: noop, parallel_with: b}
    `),
  );

  expect(run.completes('a').effects()).toEqual(['b#1', 'c#1']);
});

const retried = chartOf(`
  - id: fetch
    uses: noop
    retry_policy: {max_attempts: 3, backoff: exponential, initial_delay: 1s, multiplier: 2, non_retryable: [bad.request]}
`);

test('a failed attempt is tried again after the backoff, and the delays grow', () => {
  const run = startedRun(retried).fails('fetch');
  expect(run.statuses()).toEqual({ fetch: 'RETRYING' });
  expect(run.passes(999).effects()).toEqual([]);
  expect(run.passes(1).effects()).toEqual(['fetch#2']);
  expect(run.fails('fetch').passes(1_999).effects()).toEqual([]);
  expect(run.passes(1).effects()).toEqual(['fetch#3']);
  run.completes('fetch').isIn('COMPLETED');
});

test('a task out of attempts fails, and the run with it', () => {
  const run = startedRun(retried)
    .fails('fetch')
    .passes(1_000)
    .fails('fetch')
    .passes(2_000)
    .fails('fetch', 'disk.full');

  run.isIn('FAILED');
  expect(run.run().state).toMatchObject({ failedTask: 'fetch', error: { code: 'disk.full' } });
});

test('a non-retryable code, or an error that says so, ends the task at once', () => {
  startedRun(retried).fails('fetch', 'bad.request').isIn('FAILED');
  startedRun(retried).fails('fetch', 'any', false).isIn('FAILED');
});

test('refuses a worker whose attempt was superseded, and one whose attempt is over', () => {
  const run = startedRun(retried).fails('fetch').passes(1_000);
  const late = { kind: 'completeTask', task: 'fetch', output: 'late', worker: 'w', startedAt: '' } as const;
  run.refuses({ ...late, attempt: 1 }, 'task.stale-attempt');
  run.completes('fetch').refuses({ ...late, attempt: 2 }, 'run.closed');
});

test('a task of several failing together takes the run down and the others are cancelled', () => {
  const run = startedRun(
    chartOf(`
      - {id: a, uses: noop}
      - {id: b, uses: noop}
      - {id: c, uses: noop, depends_on: b}
    `),
  ).fails('a');

  run.isIn('FAILED');
  expect(run.statuses()).toEqual({ a: 'FAILED', b: 'CANCELLED', c: 'CANCELLED' });
  expect(run.effects()).toEqual([]);
});

test('an optional task that fails settles with errors and the run goes on', () => {
  const run = startedRun(
    chartOf(`
      - {id: a, uses: noop, optional: true}
      - {id: b, uses: noop, depends_on: a}
    `),
  ).fails('a');

  expect(run.statuses()).toEqual({ a: 'COMPLETED_WITH_ERRORS', b: 'SCHEDULED' });
  run.completes('b').isIn('COMPLETED');
});

const withFallback = chartOf(`
  - {id: fetch, uses: noop, fallback: cached}
  - {id: cached, uses: noop}
  - {id: use, uses: noop, depends_on: fetch}
`);

test('a fallback starts only when its task finally fails, and its result stands in', () => {
  const run = startedRun(withFallback);
  expect(run.effects()).toEqual(['fetch#1']);
  expect(run.fails('fetch').statuses()).toEqual({ fetch: 'WAITING', cached: 'SCHEDULED', use: 'PENDING' });
  expect(run.completes('cached', { page: 1 }).statuses()).toMatchObject({
    fetch: 'COMPLETED_WITH_ERRORS',
    use: 'SCHEDULED',
  });
  expect(run.run().state.tasks['fetch']?.output).toEqual({ page: 1 });
  run.completes('use').isIn('COMPLETED');
});

test('a fallback that is not needed is skipped', () => {
  const run = startedRun(withFallback).completes('fetch').completes('use').isIn('COMPLETED');

  expect(run.statuses()['cached']).toBe('SKIPPED');
});

test('a fallback that fails fails the task with the error of the task itself', () => {
  const run = startedRun(withFallback)
    .fails('fetch', 'fetch.broken')
    .fails('cached', 'cache.broken')
    .isIn('FAILED');

  expect(run.run().state).toMatchObject({ failedTask: 'fetch', error: { code: 'fetch.broken' } });
});

test('an attempt that takes longer than its timeout counts as failed, and is retried when the policy grants it', () => {
  const chart = chartOf(`
    - {id: slow, uses: noop, timeout: 30s, retry_policy: {max_attempts: 2, initial_delay: 1s}}
  `);
  const start = (attempt: number) => ({ kind: 'startTask', task: 'slow', attempt, worker: 'w' }) as const;
  const run = startedRun(chart).does(start(1)).passes(30_000);
  expect(run.statuses()).toEqual({ slow: 'RETRYING' });
  run.passes(1_000).does(start(2)).passes(30_000).isIn('FAILED');
  expect(run.statuses()).toEqual({ slow: 'TIMED_OUT' });
});

test('timeout_policy fail does not retry, alert only notes it', () => {
  const slow = (policy: string) =>
    startedRun(
      chartOf(`
        - {id: slow, uses: noop, timeout: 1s, timeout_policy: ${policy}, retry_policy: {max_attempts: 2}}
      `),
    ).does({ kind: 'startTask', task: 'slow', attempt: 1, worker: 'w' });
  slow('fail').passes(1_000).isIn('FAILED');
  const alerted = slow('alert').passes(5_000).isIn('RUNNING');
  expect(alerted.run().state.tasks['slow']?.alertedAt).toBe('2026-01-01T00:00:01.000Z');
  alerted.completes('slow').isIn('COMPLETED');
});

test('queue, heartbeat and total timeouts each have their own clock', () => {
  const queued = startedRun(chartOf('- {id: t, uses: noop, queue_timeout: 5s}')).passes(5_000).isIn('FAILED');
  expect(queued.run().state.error?.code).toBe('task.queue-timeout');

  const beating = startedRun(chartOf('- {id: t, uses: noop, heartbeat_timeout: 10s}'))
    .does({ kind: 'startTask', task: 't', attempt: 1, worker: 'w' })
    .passes(9_000)
    .does({ kind: 'heartbeat', task: 't', attempt: 1 })
    .passes(9_999)
    .isIn('RUNNING');
  expect(beating.passes(1).isIn('FAILED').run().state.error?.code).toBe('task.heartbeat-timeout');

  const total = startedRun(
    chartOf(
      '- {id: t, uses: noop, total_timeout: 3s, retry_policy: {max_attempts: 9, backoff: fixed, initial_delay: 1s}}',
    ),
  )
    .fails('t')
    .passes(1_000)
    .fails('t')
    .passes(2_000);
  expect(total.isIn('FAILED').run().state.error?.code).toBe('task.total-timeout');
});

test('a result without a name that the task declares fails the attempt', () => {
  const run = startedRun(chartOf('- {id: t, uses: noop, output: [receipt]}'))
    .completes('t', { other: 1 })
    .isIn('FAILED');

  expect(run.run().state.error).toMatchObject({ code: 'output.missing', details: { missing: ['receipt'] } });
});
