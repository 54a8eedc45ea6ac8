// The way out of a run: its stages in their order, each only where there is something to do.
import { expect, test } from 'vitest';
import { chartOf } from '../../../support/chart-of.ts';
import { ended, names } from '../../../support/child-runs.ts';
import { startedRun } from '../../../support/run-spec.ts';

const tasks = `
  - {id: a, uses: noop, compensate: undo_a}
  - {id: sub, type: SUB_WORKFLOW, workflow: child}
  - {id: b, uses: noop}
  - {id: undo_a, uses: noop}
`;
const chart = chartOf(tasks, 'failure_workflow: tell_us\ntimeout: 1h');
const answer = { kind: 'noteFailureWorkflow', run: 'f1', definition: chart.ref } as const;

test('children end, then what was done is undone, then the failure workflow is started, then the run is over', () => {
  const run = startedRun(chart).does(names('sub', 'c1')).completes('a').fails('b').isIn('CANCELLING');
  expect(run.effects()).toEqual(['cancel c1']);
  run.refuses(answer, 'run.not-notifying');
  run.does(ended('sub', 'c1', { status: 'TERMINATED' })).isIn('COMPENSATING');
  run.completes('undo_a');
  expect(run.effects()).toEqual(['startFailureWorkflow']);

  run.does(answer).isIn('FAILED');
  expect(run.run().state).toMatchObject({ failureRun: { run: 'f1' }, failedTask: 'b' });
  expect(run.trail.filter((each) => each.startsWith('run:'))).toEqual([
    'run: created -> running',
    'run: running -> cancelling',
    'run: cancelling -> compensating',
    'run: compensating -> notifying',
    'run: notifying -> failed',
  ]);
});

test('a failure workflow that cannot be started changes nothing but what is said of it', () => {
  const error = { code: 'definition.unknown', message: 'no definition tell_us', retryable: false };
  const run = startedRun(chart).fails('b').does({ kind: 'noteFailureWorkflow', error }).isIn('FAILED');

  expect(run.run().state.failureRun).toEqual({ error });
});

test('a run that timed out starts its failure workflow and ends TIMED_OUT', () => {
  const run = startedRun(chart).completes('a').passes(3_600_000).isIn('COMPENSATING').completes('undo_a');
  expect(run.effects()).toEqual(['startFailureWorkflow']);

  run.does(answer).isIn('TIMED_OUT');
});

test('a run that a person ended, or that completed, starts no failure workflow', () => {
  startedRun(chart).does({ kind: 'cancelRun' }).isIn('TERMINATED');
  startedRun(chart).does({ kind: 'terminateRun' }).isIn('TERMINATED');
  startedRun(chart)
    .does(names('sub', 'c1'))
    .does(ended('sub', 'c1'))
    .completes('a')
    .completes('b')
    .isIn('COMPLETED');
});

test('a run can be terminated in every stage of its way out', () => {
  const child = ended('sub', 'c1', { status: 'TERMINATED' });
  const stages = [
    () => startedRun(chart).does(names('sub', 'c1')).fails('b').isIn('CANCELLING'),
    () => startedRun(chart).completes('a').fails('b').isIn('COMPENSATING'),
    () => startedRun(chart).fails('b'),
  ];
  for (const stage of stages) {
    const run = stage().does({ kind: 'terminateRun', reason: 'enough' });
    if (run.run().state.status === 'CANCELLING') run.does(child);
    expect(run.isIn('TERMINATED').run().state.reason).toBe('enough');
  }
});

test('what is on its way out neither pauses, nor is cancelled again, nor takes signals', () => {
  const run = startedRun(chart).does(names('sub', 'c1')).fails('b').isIn('CANCELLING');

  run.refuses({ kind: 'pauseRun' }, 'run.leaving').refuses({ kind: 'cancelRun' }, 'run.leaving');
  run.refuses({ kind: 'signal', name: 's', data: 1 }, 'run.leaving');
  run.refuses({ kind: 'skipTask', task: 'a' }, 'run.leaving').refuses({ kind: 'retryRun' }, 'run.not-failed');
});

test('a run that goes on and fails again starts its failure workflow again', () => {
  const run = startedRun(chart).fails('b').does(answer).does({ kind: 'retryRun' }).fails('b');

  expect(run.effects()).toEqual(['startFailureWorkflow']);
});

test('tasks of a FORK that the end of the run found under way are asked for no more', () => {
  const run = startedRun(
    chartOf(`
      - {id: all, type: FORK, for_each: "\${[1, 2]}", tasks: [{id: t, uses: noop}]}
      - {id: b, uses: noop}
    `),
  ).fails('b');

  expect(run.isIn('FAILED').effects()).toEqual([]);
  run.refuses({ kind: 'rerun', from: 'all[0].t' }, 'rerun.not-begun');
});
