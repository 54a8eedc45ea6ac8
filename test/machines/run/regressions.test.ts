// What once went wrong in the core, or goes wrong elsewhere: the links name the complaint. Method as in simple.test.ts.
import { expect, test } from 'vitest';
import { timersOf } from '../../../machines/run/timers.ts';
import { chartOf } from '../../support/chart-of.ts';
import { ended, names } from '../../support/child-runs.ts';
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

const fan = `
  - id: fan
    type: FORK
    branches:
      - [{id: a1, uses: noop}, {id: a2, uses: noop}]
      - [{id: b1, uses: noop}, {id: b2, uses: noop}]
  - {id: end, type: JOIN, depends_on: fan, join_on: [a2, b2]}
`;

// https://github.com/Netflix/conductor/issues/3630
test('a join is not stuck after a retry of one of its branches', () => {
  const run = startedRun(chartOf(fan))
    .completes('a1')
    .completes('b1')
    .completes('b2')
    .fails('a2')
    .isIn('FAILED');
  run.does({ kind: 'retryRun' }).completes('a2').isIn('COMPLETED');

  expect(run.statuses()).toEqual({
    fan: 'COMPLETED',
    a1: 'COMPLETED',
    a2: 'COMPLETED',
    b1: 'COMPLETED',
    b2: 'COMPLETED',
    end: 'COMPLETED',
  });
});

// https://github.com/conductor-oss/conductor/issues/310
test('a rerun inside a fork leaves its siblings alone', () => {
  const run = startedRun(chartOf(fan)).completes('a1').completes('b1').completes('b2', 'B').completes('a2');
  run.isIn('COMPLETED').does({ kind: 'rerun', from: 'a1' });
  expect(run.effects()).toEqual(['a1#2']);
  expect(run.at('b2')).toMatchObject({ state: 'completed', attempt: 1, output: 'B' });

  run.completes('a1').completes('a2', 'A').isIn('COMPLETED');
  expect(run.at('end').output).toEqual({ a2: 'A', b2: 'B' });
});

// https://github.com/Netflix/conductor/issues/1517
test('a child never outlives its parent that cancels it', () => {
  for (const kind of ['cancelRun', 'terminateRun'] as const) {
    const run = startedRun(chartOf('- {id: sub, type: SUB_WORKFLOW, workflow: child}'))
      .does(names('sub', 'c1'))
      .does({ kind })
      .isIn('CANCELLING');
    run.does(ended('sub', 'c1', { status: 'TERMINATED' })).isIn('TERMINATED');
  }
});

// https://github.com/conductor-oss/conductor/issues/291
test('a child is recorded before it is started, so none is started that the end of its parent does not see', () => {
  const run = startedRun(chartOf('- {id: sub, type: SUB_WORKFLOW, workflow: child}'));
  expect(run.effects()).toEqual(['delegate sub#1']);

  run.does({ kind: 'terminateRun' }).isIn('TERMINATED').refuses(names('sub', 'c1'), 'run.closed');
});

// https://github.com/conductor-oss/conductor/issues/310
test('a retry or rerun wipes no history', () => {
  const run = startedRun(chartOf(fan)).completes('a1').fails('b1');
  const before = [...run.bodies];
  run
    .does({ kind: 'retryRun' })
    .completes('b1')
    .completes('b2')
    .completes('a2')
    .does({ kind: 'rerun', from: 'a1' });

  expect(run.bodies.slice(0, before.length)).toEqual(before);
  expect(run.bodies.length).toBe(before.length + 5);
});

// https://github.com/Netflix/conductor/issues/2758 and https://github.com/Netflix/conductor/issues/644
test('a decision inside a fork that skips its task does not hang the join', () => {
  const chart = chartOf(
    `
    - id: fan
      type: FORK
      branches:
        - - id: gate
            type: DECISION
            decision_param: "\${workflow.input.way}"
            decision_cases: {yes: {next: act}}
          - {id: act, uses: noop}
          - {id: later, uses: noop}
        - [{id: b, uses: noop}]
    - {id: end, type: JOIN, depends_on: fan}
  `,
    'input: {required: [way]}',
  );
  const skipped = startedRun(chart, { way: 'no' }).completes('b');
  expect(skipped.effects()).toEqual(['later#1']);
  skipped.completes('later').isIn('COMPLETED');
  startedRun(chart, { way: 'yes' }).completes('act').completes('later').completes('b').isIn('COMPLETED');
});

// https://github.com/Netflix/conductor/issues/1851
test('two tasks of a fork that fail together both have their retries', () => {
  const policy = 'retry_policy: {max_attempts: 2, initial_delay: 1s}';
  const run = startedRun(
    chartOf(
      `- {id: fan, type: FORK, branches: [[{id: a, uses: noop, ${policy}}], [{id: b, uses: noop, ${policy}}]]}`,
    ),
  )
    .fails('a')
    .fails('b')
    .passes(1_000);

  expect(run.effects()).toEqual(['a#2', 'b#2']);
  run.completes('a').completes('b').isIn('COMPLETED');
});

// https://github.com/argoproj/argo-workflows/pull/5801
test('a task that is tried again after its total timeout has that time again', () => {
  const run = startedRun(chartOf('- {id: t, uses: noop, total_timeout: 10s}'))
    .passes(10_000)
    .isIn('FAILED')
    .does({ kind: 'retryRun' })
    .passes(9_999)
    .isIn('RUNNING');

  run.passes(1).isIn('FAILED');
});

test('what follows a failed task in its branch is done once the branch goes on', () => {
  const run = startedRun(chartOf(fan)).completes('b1').completes('b2').fails('a1').does({ kind: 'retryRun' });

  expect(run.completes('a1').effects()).toEqual(['a2#1']);
});

test('an evaluation that was asked for in a pass that is no more is refused', () => {
  const run = startedRun(
    chartOf(`
      - id: all
        type: FORK
        for_each: "\${[1, 2]}"
        optional: true
        tasks: [{id: s, uses: noop}, {id: t, type: TRANSFORM, depends_on: s, output: {x: 1}}]
      - {id: after, uses: noop, depends_on: all}
    `),
  ).fails('all[0].s');

  run.refuses({ kind: 'evaluate', task: 'all[1].t' }, 'task.nothing-to-evaluate');
  run.refuses({ kind: 'evaluate', task: 'all[1].t', tooLarge: true }, 'task.nothing-to-evaluate');
});
