// What is asked of a whole run: start, pause, resume, terminate, its timeout. Method as in simple.test.ts.
import { expect, test } from 'vitest';
import { chartOf } from '../../support/chart-of.ts';
import { startedRun, undrivenRun } from '../../support/run-spec.ts';

const two = chartOf(`
  - {id: a, uses: noop, retry_policy: {max_attempts: 2, initial_delay: 1s}}
  - {id: b, uses: noop, depends_on: a}
`);

test('nothing can be asked of a run before it starts, and it starts once', () => {
  undrivenRun(two).refuses({ kind: 'pauseRun' }, 'run.not-started');
  startedRun(two).refuses({ kind: 'startRun', run: 'test-run', input: {} }, 'run.exists');
});

test('a paused run schedules nothing new, records what is in flight, and goes on when resumed', () => {
  const run = startedRun(two).does({ kind: 'pauseRun', reason: 'lunch' }).isIn('PAUSED');
  expect(run.effects()).toEqual([]);
  expect(run.completes('a').effects()).toEqual([]);
  expect(run.does({ kind: 'resumeRun' }).effects()).toEqual(['b#1']);
  run.completes('b').isIn('COMPLETED');
});

test('timers keep their due times while paused and fire on resume if overdue', () => {
  const run = startedRun(two).fails('a').does({ kind: 'pauseRun' }).passes(60_000);
  expect(run.statuses()['a']).toBe('RETRYING');
  expect(run.does({ kind: 'resumeRun' }).passes(0).effects()).toEqual(['a#2']);
});

test('pausing twice and resuming what runs are refused', () => {
  const run = startedRun(two).refuses({ kind: 'resumeRun' }, 'run.not-paused').does({ kind: 'pauseRun' });
  run.refuses({ kind: 'pauseRun' }, 'run.already-paused');
});

test('terminating ends everything at once, also while paused, and nothing changes a final run', () => {
  const run = startedRun(two)
    .does({ kind: 'pauseRun' })
    .does({ kind: 'terminateRun', reason: 'wrong folder' });
  run
    .isIn('TERMINATED')
    .refuses({ kind: 'resumeRun' }, 'run.closed')
    .refuses({ kind: 'terminateRun' }, 'run.closed');
  expect(run.statuses()).toEqual({ a: 'CANCELLED', b: 'CANCELLED' });
});

test('a run that takes longer than its timeout ends TIMED_OUT, or only notes it', () => {
  const timed = (policy: string) =>
    startedRun(chartOf('- {id: a, uses: noop}', `timeout: 1m\n${policy}`)).passes(60_000);
  expect(timed('').isIn('TIMED_OUT').run().state.error?.code).toBe('run.timeout');
  timed('timeout_policy: alert').isIn('RUNNING').completes('a').isIn('COMPLETED');
});

test('initial variables may read the input', () => {
  const chart = chartOf(
    '- {id: t, type: TRANSFORM, output: {v: "${workflow.variables.limit}"}}',
    'input: {required: [n]}\nvariables: {limit: "${workflow.input.n * 10}"}',
  );

  expect(startedRun(chart, { n: 3 }).run().state.tasks['t']?.output).toEqual({ v: 30 });
});
