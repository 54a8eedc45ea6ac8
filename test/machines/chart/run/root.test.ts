// The chart around the tasks: waiting for a place, pausing, and time.
import { expect, test } from 'vitest';
import { chartOf } from '../../../support/chart-of.ts';
import { startedRun } from '../../../support/run-spec.ts';

const limited = (extra = '') =>
  chartOf(
    '- {id: a, uses: noop}',
    `input: {optional: [{who: ana}]}\nconcurrency: {limit: 1${extra}}\ntimeout: 1h`,
  );

test('a run of a definition with a limit waits for its place, and begins when it is admitted', () => {
  const run = startedRun(limited());
  expect(run.run().state.phase).toBe('queued');
  expect(run.effects()).toEqual(['admit']);
  expect(run.statuses()).toEqual({ a: 'PENDING' });

  expect(run.does({ kind: 'admitRun', key: 'under-test' }).effects()).toEqual(['a#1']);
  run.refuses({ kind: 'admitRun', key: 'under-test' }, 'run.not-queued').completes('a').isIn('COMPLETED');
});

test('runs with different keys do not share a limit', () => {
  const key = (who: string) =>
    startedRun(limited(', key: "${workflow.input.who}"'), { who }).run().state.concurrencyKey;

  expect(key('ana')).toBe('under-test/ana');
  expect(key('bob')).toBe('under-test/bob');
});

test('a queued run can be ended and times out, and nothing of it is settled by hand or paused', () => {
  const run = startedRun(limited());
  run.refuses({ kind: 'skipTask', task: 'a' }, 'run.queued').refuses({ kind: 'pauseRun' }, 'run.queued');

  startedRun(limited()).does({ kind: 'cancelRun' }).isIn('TERMINATED');
  startedRun(limited()).does({ kind: 'terminateRun' }).isIn('TERMINATED');
  run.passes(3_600_000).isIn('TIMED_OUT');
});

test('a run that goes on after its time-out has its time again', () => {
  const run = startedRun(chartOf('- {id: a, uses: noop}', 'timeout: 1h'))
    .passes(3_600_000)
    .isIn('TIMED_OUT')
    .passes(3_600_000)
    .does({ kind: 'retryRun' })
    .passes(3_599_999)
    .isIn('RUNNING');

  run.passes(1).isIn('TIMED_OUT');
});

test('a time-out that was only noted is noted again when the run goes on', () => {
  const run = startedRun(chartOf('- {id: a, uses: noop}', 'timeout: 1h\ntimeout_policy: alert'))
    .passes(3_600_000)
    .fails('a')
    .does({ kind: 'retryRun' });
  expect(run.run().state.alertedAt).toBeUndefined();

  expect(run.passes(3_600_000).run().state.alertedAt).toBe('2026-01-01T02:00:00.000Z');
});

test('what became ready in a pass during a pause is timed in the queue from the end of the pause', () => {
  const run = startedRun(
    chartOf(`
      - id: all
        type: FORK
        for_each: "\${[1]}"
        tasks: [{id: s, uses: noop}, {id: t, uses: noop, depends_on: s, queue_timeout: 5s}]
    `),
  )
    .does({ kind: 'pauseRun' })
    .completes('all[0].s')
    .passes(60_000)
    .does({ kind: 'resumeRun' })
    .passes(4_999)
    .isIn('RUNNING');

  run.passes(1).isIn('FAILED');
});

test('an output that cannot be made fails the run, which undoes what it did', () => {
  const run = startedRun(
    chartOf('- {id: a, uses: noop, compensate: u}\n- {id: u, uses: noop}', 'output: {n: "${a.output.x.y}"}'),
  )
    .completes('a', {})
    .isIn('COMPENSATING');

  run.completes('u').isIn('FAILED');
});

test('a dead letter is dropped once, by a run that failed', () => {
  const drop = { kind: 'dropDeadLetter', reason: 'known' } as const;
  const run = startedRun(chartOf('- {id: a, uses: noop}'))
    .refuses(drop, 'run.not-failed')
    .fails('a')
    .does(drop);
  expect(run.run().state.droppedAt).toBe('2026-01-01T00:00:00.000Z');

  run.refuses(drop, 'dead-letter.dropped').does({ kind: 'retryRun' });
  expect(run.run().state.droppedAt).toBeUndefined();
});
