// What is said of the runs that carry tasks out.
import { expect, test } from 'vitest';
import { chartOf } from '../../../support/chart-of.ts';
import { ended, names } from '../../../support/child-runs.ts';
import { startedRun } from '../../../support/run-spec.ts';

const chart = chartOf(`
  - {id: sub, type: SUB_WORKFLOW, workflow: child, catch: [{errors: [disk.full], next: clean}]}
  - {id: clean, uses: noop}
`);

test('the code of the child can be caught, and the error names the run', () => {
  const error = { code: 'disk.full', message: 'no room', retryable: false, details: { free: 0 } };
  const run = startedRun(chart)
    .does(names('sub', 'c1'))
    .does(ended('sub', 'c1', { status: 'FAILED', error }));

  expect(run.effects()).toEqual(['clean#1']);
  expect(run.at('sub').error).toEqual({
    code: 'disk.full',
    message: 'the run c1 ended FAILED: no room',
    retryable: true,
    details: { run: 'c1', status: 'FAILED', details: { free: 0 } },
  });
});

test('the end of a child is taken once', () => {
  const run = startedRun(chart).does(names('sub', 'c1')).does({ kind: 'skipTask', task: 'sub' });
  run
    .isIn('CANCELLING')
    .does(ended('sub', 'c1', { status: 'TERMINATED' }))
    .isIn('COMPLETED');

  run.refuses(ended('sub', 'c1'), 'run.closed');
});

test('a child that ended well although it was told to end changes nothing', () => {
  const run = startedRun(chartOf('- {id: sub, type: SUB_WORKFLOW, workflow: child}\n- {id: a, uses: noop}'))
    .does(names('sub', 'c1'))
    .fails('a')
    .does(ended('sub', 'c1', { output: { n: 1 } }))
    .isIn('FAILED');

  expect(run.at('sub')).not.toHaveProperty('output');
  expect(run.statuses()['sub']).toBe('CANCELLED');
});

test('the failure workflow is noted only while the run asks for it', () => {
  startedRun(chart).refuses({ kind: 'noteFailureWorkflow', run: 'f' }, 'run.not-notifying');
});
