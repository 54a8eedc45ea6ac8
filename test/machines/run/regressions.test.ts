// What once went wrong in the core. Method as in simple.test.ts.
import { expect, test } from 'vitest';
import { timersOf } from '../../../machines/run/timers.ts';
import { chartOf } from '../../support/chart-of.ts';
import { startedRun } from '../../support/run-spec.ts';

test('two tasks that share a fallback both go on by it, also when it had settled before', () => {
  const run = startedRun(
    chartOf(`
      - {id: x, uses: noop, fallback: f}
      - {id: y, uses: noop, fallback: f, depends_on: x}
      - {id: f, uses: noop}
    `),
  )
    .fails('x')
    .completes('f', { from: 'fallback' })
    .fails('y')
    .isIn('COMPLETED');

  expect(run.run().state.tasks['y']).toMatchObject({
    state: 'completed_with_errors',
    output: { from: 'fallback' },
  });
});

test('a timer whose due time moved meanwhile does not fire', () => {
  const run = startedRun(chartOf('- {id: t, uses: noop, heartbeat_timeout: 10s}'))
    .does({ kind: 'startTask', task: 't', attempt: 1, worker: 'w' })
    .passes(9_000);
  const [before] = timersOf(run.run());
  if (before === undefined) throw new Error('no timer runs');
  run
    .does({ kind: 'heartbeat', task: 't', attempt: 1 })
    .refuses({ kind: 'fireTimer', timer: before }, 'timer.not-running');
});

test('a run that is over but for its output cannot be paused, and can time out', () => {
  const chart = chartOf('- {id: a, uses: noop}', 'timeout: 1m\noutput: {n: "${a.output.n}"}');
  startedRun(chart).completes('a', { n: 1 }).isIn('COMPLETED').refuses({ kind: 'pauseRun' }, 'run.closed');
  expect(timersOf(startedRun(chart).run()).map(({ timer }) => timer)).toEqual(['run.timeout']);
});

test('timeouts of attempts run only for tasks that have attempts', () => {
  const run = startedRun(
    chartOf(`
      - {id: a, uses: noop}
      - {id: t, type: TRANSFORM, depends_on: a, queue_timeout: 1s, total_timeout: 1s, output: {x: "\${a.output.x}"}}
    `),
  );

  expect(run.passes(5_000).completes('a', { x: 1 }).isIn('COMPLETED').statuses()['t']).toBe('COMPLETED');
});

test('the time in the queue of a task that became ready during a pause begins when the run is resumed', () => {
  const run = startedRun(
    chartOf(`
      - {id: a, uses: noop}
      - {id: b, uses: noop, depends_on: a, queue_timeout: 5s}
    `),
  )
    .does({ kind: 'pauseRun' })
    .completes('a')
    .passes(60_000)
    .does({ kind: 'resumeRun' })
    .passes(4_999)
    .isIn('RUNNING');

  expect(run.passes(1).isIn('FAILED').run().state.error?.code).toBe('task.queue-timeout');
});

test('a run whose last task settles while it is paused stays paused, and is over when it is resumed', () => {
  for (const output of ['', 'output: {x: "${1 + 1}"}']) {
    const run = startedRun(chartOf('- {id: a, uses: noop}', output))
      .does({ kind: 'pauseRun' })
      .completes('a')
      .isIn('PAUSED');
    run.does({ kind: 'resumeRun' }).isIn('COMPLETED');
  }
});

test('an approval is held to its form', () => {
  const run = startedRun(
    chartOf(`
      - id: ask
        type: HUMAN
        wait_for_approval: true
        form: {properties: {ticket: {type: string}}, required: [ticket]}
    `),
  );
  const approve = { kind: 'approve', task: 'ask', by: 'ana' } as const;
  run.refuses(approve, 'input.form').refuses({ ...approve, data: { ticket: 5 } }, 'input.form');
  run.refuses({ ...approve, data: { ticket: 'T', more: 1 } }, 'input.form');
  run.does({ ...approve, data: { ticket: 'T-1' } }).isIn('COMPLETED');
});
