// Runs that this one started and has no use for any more: each is told to end, and no run ends before they have,
// unless its definition lets them go on.
import { expect, test } from 'vitest';
import { chartOf } from '../../../support/chart-of.ts';
import { ended, names } from '../../../support/child-runs.ts';
import { startedRun } from '../../../support/run-spec.ts';

const beside = (keys = '') =>
  chartOf(`
    - {id: sub, type: SUB_WORKFLOW, workflow: child${keys}}
    - {id: a, uses: noop}
  `);
const cancelled = { status: 'TERMINATED' };

test('a run that fails waits for the end of its children', () => {
  const run = startedRun(beside()).does(names('sub', 'c1')).fails('a').isIn('CANCELLING');
  expect(run.effects()).toEqual(['cancel c1']);
  expect(run.statuses()).toEqual({ sub: 'CANCELLED', a: 'FAILED' });

  run.does(ended('sub', 'c1', cancelled)).isIn('FAILED');
  expect(run.run().state).toMatchObject({ failedTask: 'a', orphans: [] });
});

test('a terminated run terminates its children, and can hurry a cancelled one', () => {
  const hard = startedRun(beside()).does(names('sub', 'c1')).does({ kind: 'terminateRun' });
  expect(hard.isIn('CANCELLING').effects()).toEqual(['terminate c1']);
  hard.does(ended('sub', 'c1', cancelled)).isIn('TERMINATED');

  const soft = startedRun(beside()).does(names('sub', 'c1')).does({ kind: 'cancelRun' });
  expect(soft.isIn('CANCELLING').effects()).toEqual(['cancel c1']);
  soft.refuses({ kind: 'cancelRun' }, 'run.leaving').refuses({ kind: 'pauseRun' }, 'run.leaving');
  expect(soft.does({ kind: 'terminateRun', reason: 'now' }).effects()).toEqual(['terminate c1']);
  expect(
    soft
      .does(ended('sub', 'c1', cancelled))
      .isIn('TERMINATED')
      .run().state.reason,
  ).toBe('now');
});

test('a child that may outlive its parent is left alone', () => {
  const run = startedRun(beside(', on_parent_close: abandon'))
    .does(names('sub', 'c1'))
    .fails('a')
    .isIn('FAILED');

  expect(run.effects()).toEqual([]);
});

test('a child whose attempt timed out is told to end while the next attempt goes on', () => {
  const run = startedRun(beside(', timeout: 1m, retry_policy: {max_attempts: 2, initial_delay: 1s}'))
    .does(names('sub', 'c1'))
    .passes(61_000);
  expect(run.effects()).toEqual(['cancel c1', 'delegate sub#2', 'a#1']);

  run
    .does(names('sub', 'c2', 2))
    .does(ended('sub', 'c1', cancelled))
    .isIn('RUNNING');
  expect(run.effects()).toEqual(['follow sub#2', 'a#1']);
  run
    .does(ended('sub', 'c2', { attempt: 2 }))
    .completes('a')
    .isIn('COMPLETED');
});

test('a child of a task that was skipped or completed by hand is told to end, also while the run is paused', () => {
  for (const command of [
    { kind: 'skipTask', task: 'sub' },
    { kind: 'resolveTask', task: 'sub', output: 1 },
  ] as const) {
    const run = startedRun(beside()).does(names('sub', 'c1')).does(command).does({ kind: 'pauseRun' });
    expect(run.effects()).toEqual(['cancel c1']);

    run.does(ended('sub', 'c1', cancelled)).isIn('PAUSED');
    expect(run.effects()).toEqual([]);
    run.does({ kind: 'resumeRun' }).completes('a').isIn('COMPLETED');
  }
});

test('a run whose tasks are all done waits for a child that was given up before', () => {
  const run = startedRun(beside())
    .does(names('sub', 'c1'))
    .does({ kind: 'skipTask', task: 'sub' })
    .completes('a')
    .isIn('CANCELLING');

  run.does(ended('sub', 'c1', cancelled)).isIn('COMPLETED');
});

test('an output of expressions is made while the child that was given up still ends', () => {
  const chart = chartOf(
    '- {id: sub, type: SUB_WORKFLOW, workflow: child}\n- {id: a, uses: noop}',
    'output: {n: "${a.output.n}"}',
  );
  const run = startedRun(chart).does(names('sub', 'c1')).does({ kind: 'skipTask', task: 'sub' });

  run
    .completes('a', { n: 3 })
    .isIn('CANCELLING')
    .does(ended('sub', 'c1', cancelled))
    .isIn('COMPLETED');
  expect(run.run().state.output).toEqual({ n: 3 });
});

const eachItem = chartOf(`
  - {id: all, type: FORK, for_each: "\${[1, 2, 3]}", workflow: child, optional: true}
  - {id: after, uses: noop, depends_on: all}
`);

test('the children of the other items end with the FORK that one of them failed', () => {
  const run = startedRun(eachItem);
  for (const index of [0, 1, 2]) run.does(names(`all[${index}].all/item`, `c${index}`));
  run.does(ended('all[1].all/item', 'c1', { status: 'FAILED' }));

  expect(run.effects()).toEqual(['cancel c0', 'cancel c2', 'after#1']);
  run.does(ended('all[0].all/item', 'c0', cancelled)).does(ended('all[2].all/item', 'c2', cancelled));
  expect(run.effects()).toEqual(['after#1']);
  run.refuses(ended('all[0].all/item', 'c0', cancelled), 'child.unknown');
});

test('a child of a FORK that is no more is neither named nor started', () => {
  const run = startedRun(eachItem).does(names('all[0].all/item', 'c0'));
  run.does(ended('all[0].all/item', 'c0', { status: 'FAILED' }));

  run.refuses(names('all[1].all/item', 'c1'), 'task.not-open');
});

test('an attempt that was given up takes its child with it even where that may outlive the run', () => {
  const run = startedRun(beside(', on_parent_close: abandon')).does(names('sub', 'c1'));

  expect(run.does({ kind: 'skipTask', task: 'sub' }).effects()).toEqual(['cancel c1', 'a#1']);
});

test('a child that undoes something inside of a FORK ends before the run that was terminated', () => {
  const run = startedRun(
    chartOf(`
      - id: all
        type: FORK
        for_each: "\${[1]}"
        tasks: [{id: t, uses: noop, compensate: u}, {id: u, type: SUB_WORKFLOW, workflow: child}]
      - {id: after, uses: noop, depends_on: all}
    `),
  )
    .completes('all[0].t')
    .fails('after')
    .does(names('all[0].u', 'c1'))
    .does({ kind: 'terminateRun' })
    .isIn('CANCELLING');
  expect(run.effects()).toEqual(['terminate c1']);

  run.does(ended('all[0].u', 'c1', cancelled)).isIn('TERMINATED');
});
