// A task that another run carries out. Method: tell the run of its child what an engine would, and look at both the
// task and the work that the run asks for.
import { expect, test } from 'vitest';
import { chartOf } from '../../../support/chart-of.ts';
import { ended, names } from '../../../support/child-runs.ts';
import { startedRun } from '../../../support/run-spec.ts';

const retried = chartOf(`
  - {id: sub, type: SUB_WORKFLOW, workflow: child, retry_policy: {max_attempts: 2, initial_delay: 1s}, timeout: 1m}
  - {id: after, uses: noop, depends_on: sub}
`);
const broken = { code: 'disk.full', message: 'no room', retryable: false };

test('the child is named before it is started, followed, and its output is that of the task', () => {
  const run = startedRun(retried);
  expect(run.effects()).toEqual(['delegate sub#1']);
  expect(run.does(names('sub', 'c1')).effects()).toEqual(['follow sub#1']);
  expect(run.statuses()['sub']).toBe('WAITING');

  run.does(ended('sub', 'c1', { output: { n: 1 } }));
  expect(run.at('sub')).toMatchObject({ state: 'completed', output: { n: 1 } });
  expect(run.effects()).toEqual(['after#1']);
});

test('a child that fails is an attempt that failed: the next one is another run', () => {
  const run = startedRun(retried)
    .does(names('sub', 'c1'))
    .does(ended('sub', 'c1', { status: 'FAILED', error: broken }));
  expect(run.at('sub')).toMatchObject({
    state: 'retrying',
    error: { code: 'disk.full', details: { run: 'c1', status: 'FAILED' } },
  });

  expect(run.passes(1_000).effects()).toEqual(['delegate sub#2']);
  run.does(names('sub', 'c2', 2)).does(ended('sub', 'c2', { attempt: 2, status: 'TERMINATED' }));
  expect(run.isIn('FAILED').run().state.error?.code).toBe('child.failed');
});

test('a child that a TERMINATE ended TERMINATED is an attempt that failed with its code, which catch can name', () => {
  const recalled = { code: 'order.recalled', message: 'not wanted', retryable: false };
  const run = startedRun(
    chartOf(`
      - {id: sub, type: SUB_WORKFLOW, workflow: child, catch: [{errors: order.recalled, next: after}]}
      - {id: after, uses: noop}
    `),
  ).does(names('sub', 'c1'));

  run.does(ended('sub', 'c1', { status: 'TERMINATED', error: recalled }));
  expect(run.at('sub')).toMatchObject({ state: 'caught', error: { code: 'order.recalled' } });
  expect(run.effects()).toEqual(['after#1']);
});

test('a child that cannot be named fails the attempt with the reason', () => {
  const error = { code: 'definition.unknown', message: 'no definition child', retryable: false };
  const run = startedRun(retried).does({ kind: 'delegate', task: 'sub', attempt: 1, child: { error } });

  expect(run.isIn('FAILED').run().state.error?.code).toBe('definition.unknown');
});

test('a task that only starts the other run is complete once that is started', () => {
  const run = startedRun(chartOf('- {id: sub, type: SUB_WORKFLOW, workflow: child, wait: false}'))
    .does(names('sub', 'c1'))
    .does(ended('sub', 'c1', { status: 'STARTED', output: { run: 'c1' } }));

  expect(run.isIn('COMPLETED').at('sub').output).toEqual({ run: 'c1' });
});

test('an output map reshapes what the child gave', () => {
  const run = startedRun(
    chartOf('- {id: sub, type: SUB_WORKFLOW, workflow: child, output: {twice: "${result.n * 2}"}}'),
  )
    .does(names('sub', 'c1'))
    .does(ended('sub', 'c1', { output: { n: 4 } }));

  expect(run.isIn('COMPLETED').at('sub').output).toEqual({ twice: 8 });
});

test('children are told apart by their ids, and speak only for the attempt they carry out', () => {
  const run = startedRun(retried).refuses(ended('sub', 'c1'), 'child.unknown').does(names('sub', 'c1'));

  run.refuses(ended('sub', 'c2'), 'child.unknown').refuses(names('sub', 'c2'), 'task.stale-attempt');
  run.refuses(names('after', 'c2'), 'task.stale-attempt').refuses(names('none', 'c2'), 'task.unknown');
});

test('a paused run takes the end of its child, and goes on from there when it is resumed', () => {
  const run = startedRun(retried)
    .does(names('sub', 'c1'))
    .does({ kind: 'pauseRun' })
    .does(ended('sub', 'c1'))
    .isIn('PAUSED');
  expect(run.effects()).toEqual([]);

  expect(run.does({ kind: 'resumeRun' }).effects()).toEqual(['after#1']);
});

test('a FORK that starts a workflow for every item collects their outputs in order', () => {
  const run = startedRun(
    chartOf(
      '- {id: all, type: FORK, for_each: "${workflow.input.list}", workflow: child}',
      'input: {required: [list]}',
    ),
    { list: [{ n: 1 }, { n: 2 }] },
  );
  expect(run.effects()).toEqual(['delegate all[0].all/item#1', 'delegate all[1].all/item#1']);

  for (const index of [1, 0]) {
    const task = `all[${index}].all/item`;
    run.does(names(task, `c${index}`)).does(ended(task, `c${index}`, { output: index }));
  }
  expect(run.isIn('COMPLETED').at('all').output).toMatchObject({ results: [0, 1], succeeded: 2 });
});
