// Runs that had ended and go on: retry, rerun and fork. Method: end a run in some way, have it go on, and compare
// which attempts it asks for with those that may be done again.
import { expect, test } from 'vitest';
import type { Json } from '../../../events/canonical-json.ts';
import { chartOf } from '../../support/chart-of.ts';
import { ended, names } from '../../support/child-runs.ts';
import { type Driven, startedRun, undrivenRun } from '../../support/run-spec.ts';

const retry = { kind: 'retryRun', reason: 'network is back' } as const;

const forked = chartOf(`
  - id: fan
    type: FORK
    branches:
      - [{id: a1, uses: noop}, {id: a2, uses: noop}, {id: a3, uses: noop}]
      - [{id: b1, uses: noop}, {id: b2, uses: noop}]
  - {id: end, type: JOIN, depends_on: fan}
  - {id: after, uses: noop, depends_on: end}
`);
const half = () => startedRun(forked).completes('a1').completes('b1').fails('a2').isIn('FAILED');

test('a retry does again what failed and what the end cancelled, and nothing else', () => {
  const run = half().does(retry).isIn('RUNNING');
  expect(run.effects()).toEqual(['a2#2', 'b2#2']);
  expect(run.at('a1').attempt).toBe(1);

  run.completes('b2').completes('a2');
  expect(run.effects()).toEqual(['a3#1']);
  run.completes('a3', 'A').completes('after').isIn('COMPLETED');
  expect(run.at('end').output).toEqual({ a3: 'A', b2: {} });
});

test('what was said of the end of a run holds no more once it goes on', () => {
  const { state } = half().does(retry).run();

  expect(state).not.toHaveProperty('endedAt');
  expect(state).not.toHaveProperty('error');
  expect(state).not.toHaveProperty('failedTask');
});

test('attempts are numbered on, and count anew', () => {
  const run = startedRun(chartOf('- {id: t, uses: noop, retry_policy: {max_attempts: 2, initial_delay: 1s}}'))
    .fails('t')
    .passes(1_000)
    .fails('t')
    .does(retry);
  expect(run.effects()).toEqual(['t#3']);

  expect(run.fails('t').passes(1_000).effects()).toEqual(['t#4']);
  run.fails('t').isIn('FAILED').does(retry).completes('t').isIn('COMPLETED');
});

test('a FORK that goes on may fail as often as at its beginning, and has as much time', () => {
  const chart = chartOf(`
    - id: all
      type: FORK
      for_each: "\${[1, 2]}"
      total_timeout: 1m
      retry_policy: {max_attempts: 2, initial_delay: 1s}
      tasks: [{id: t, uses: noop}]
  `);
  const run = startedRun(chart)
    .fails('all[0].t')
    .passes(1_000)
    .completes('all:2[1].t')
    .fails('all:2[0].t')
    .isIn('FAILED')
    .passes(3_600_000)
    .does(retry);
  expect(run.effects()).toEqual(['all:2[0].t#2']);

  expect(run.fails('all:2[0].t').passes(1_000).effects()).toEqual(['all:3[0].t#1', 'all:3[1].t#1']);
  run.passes(59_000).isIn('FAILED');
  expect(run.run().state.error?.code).toBe('task.total-timeout');
});

test('a FORK that goes on has an attempt of its own, so that its output is written under a new key', () => {
  const run = startedRun(
    chartOf('- {id: fan, type: FORK, output_to: out.json, branches: [[{id: a, uses: noop}]]}'),
  ).completes('a');
  expect(run.effects()).toEqual(['fan#1']);
  run.completes('fan').isIn('COMPLETED').does({ kind: 'rerun', from: 'a' }).completes('a');

  expect(run.effects()).toEqual(['fan#2']);
});

test('a cancelled run goes on as well, one that completed does not', () => {
  const two = chartOf('- {id: a, uses: noop}\n- {id: b, uses: noop, depends_on: a}');
  const run = startedRun(two).completes('a').does({ kind: 'terminateRun' }).does(retry);

  expect(run.effects()).toEqual(['b#2']);
  run.completes('b').isIn('COMPLETED').refuses(retry, 'run.not-failed');
});

test('a run that failed by a TERMINATE reaches it again', () => {
  const run = startedRun(
    chartOf(
      `
      - {id: a, uses: noop}
      - {id: stop, type: TERMINATE, depends_on: a, status: FAILED, reason: "\${workflow.variables.why}"}
    `,
      'variables: {why: broken}',
    ),
  )
    .completes('a')
    .isIn('FAILED')
    .does(retry);

  expect(run.isIn('FAILED').run().state).toMatchObject({ failedTask: 'stop', error: { message: 'broken' } });
});

test('a fallback that failed, and what waits for it, goes on with the task it stands in for', () => {
  const run = startedRun(
    chartOf(`
      - {id: x, uses: noop, fallback: f}
      - {id: f, uses: noop}
      - {id: g, uses: noop, depends_on: f}
    `),
  )
    .fails('x')
    .fails('f')
    .isIn('FAILED')
    .does(retry);
  expect(run.effects()).toEqual(['x#2']);

  run.fails('x').completes('f').completes('g').isIn('COMPLETED');
});

test('what a person skipped stays skipped when the run goes on', () => {
  const run = startedRun(
    chartOf(
      '- {id: a, uses: noop}\n- {id: b, uses: noop, depends_on: a}\n- {id: c, uses: noop, depends_on: a}',
    ),
  )
    .does({ kind: 'skipTask', task: 'b' })
    .fails('a')
    .does(retry)
    .completes('a')
    .completes('c')
    .isIn('COMPLETED');

  expect(run.statuses()).toEqual({ a: 'COMPLETED', b: 'SKIPPED', c: 'COMPLETED' });
});

test('a loop whose condition could not be evaluated looks at it again, without another pass', () => {
  const run = startedRun(
    chartOf(`
      - id: rounds
        type: DO_WHILE
        loop_condition: "t.output.n > 1"
        tasks: [{id: t, uses: noop}]
    `),
  )
    .completes('rounds[0].t', {})
    .isIn('FAILED')
    .does(retry)
    .isIn('FAILED');

  expect(run.effects()).toEqual([]);
});

test('a child that failed is another run when its task goes on', () => {
  const run = startedRun(chartOf('- {id: sub, type: SUB_WORKFLOW, workflow: child}'))
    .does(names('sub', 'c1'))
    .does(ended('sub', 'c1', { status: 'FAILED' }))
    .does(retry);
  expect(run.effects()).toEqual(['delegate sub#2']);

  run
    .does(names('sub', 'c2', 2))
    .does(ended('sub', 'c2', { attempt: 2 }))
    .isIn('COMPLETED');
});

const chain = chartOf(
  `
  - {id: a, uses: noop, input: {n: "\${workflow.input.n}"}}
  - {id: b, uses: noop, depends_on: a}
  - {id: c, uses: noop, depends_on: b}
  - {id: side, uses: noop}
`,
  'input: {required: [n]}',
);
const done = (): Driven =>
  startedRun(chain, { n: 1 })
    .completes('side')
    .completes('a')
    .completes('b')
    .completes('c')
    .isIn('COMPLETED');

test('a rerun does its task again and what follows from it, and nothing beside or before', () => {
  const run = done().does({ kind: 'rerun', from: 'b' }).isIn('RUNNING');
  expect(run.statuses()).toEqual({ a: 'COMPLETED', b: 'SCHEDULED', c: 'PENDING', side: 'COMPLETED' });

  expect(run.effects()).toEqual(['b#2']);
  expect(run.completes('b').effects()).toEqual(['c#2']);
  run.completes('c').isIn('COMPLETED');
});

test('a rerun may come with edited input, and its event tells both', () => {
  const run = done().does({ kind: 'rerun', from: 'a', input: { n: 2 }, taskInput: { n: 3 }, reason: 'typo' });
  const { fact } = JSON.parse(run.bodies.at(-1) ?? '').data;
  expect(fact).toEqual({
    from: 'a',
    before: { input: { n: 1 } },
    input: { n: 2 },
    taskInput: { n: 3 },
    reason: 'typo',
  });
  expect(run.run().state.input).toEqual({ n: 2 });
  expect(run.at('a').input).toEqual({ n: 3 });

  run
    .completes('a')
    .completes('b')
    .completes('c')
    .does({ kind: 'rerun', from: 'a', taskInput: { n: 4 } });
  expect(JSON.parse(run.bodies.at(-1) ?? '').data.fact.before).toEqual({
    input: { n: 2 },
    taskInput: { n: 3 },
  });
});

test('a rerun of a run that failed elsewhere goes on with what failed, too', () => {
  const run = startedRun(chain, { n: 1 }).completes('a').fails('side').does({ kind: 'rerun', from: 'a' });

  expect(run.effects()).toEqual(['a#2', 'side#2']);
});

test('a rerun inside a pass that is kept does that pass on, and what follows from the FORK', () => {
  const chart = chartOf(`
    - id: all
      type: FORK
      for_each: "\${[1, 2]}"
      tolerate_failures: 1
      tasks: [{id: s, uses: noop}, {id: t, uses: noop, depends_on: s}]
    - {id: after, uses: noop, depends_on: all}
  `);
  const run = startedRun(chart)
    .completes('all[0].s')
    .completes('all[0].t')
    .completes('all[1].s')
    .fails('all[1].t')
    .completes('after')
    .isIn('COMPLETED');
  run.refuses({ kind: 'rerun', from: 'all[0].t' }, 'rerun.pass-gone');

  expect(run.does({ kind: 'rerun', from: 'all[1].t' }).effects()).toEqual(['all[1].t#2']);
  expect(run.completes('all[1].t', 'ok').effects()).toEqual(['after#2']);
  expect(run.at('all').output).toMatchObject({ succeeded: 2, failed: 0 });
  run.completes('after').isIn('COMPLETED');
});

test('a rerun from an earlier pass of a loop is refused: what followed were the later passes', () => {
  const chart = chartOf(`
    - id: rounds
      type: DO_WHILE
      items: [1, 2]
      tasks: [{id: t, uses: noop, compensate: u}, {id: u, uses: noop}]
  `);
  const run = startedRun(chart).completes('rounds[0].t').completes('rounds[1].t').isIn('COMPLETED');

  run.refuses({ kind: 'rerun', from: 'rounds[0].t' }, 'rerun.pass-gone');
  expect(run.does({ kind: 'rerun', from: 'rounds[1].t' }).effects()).toEqual(['rounds[1].t#2']);
  run.completes('rounds[1].t').isIn('COMPLETED');
});

test('a rerun is refused where nothing can follow from it', () => {
  const undoing = chartOf(`
    - {id: a, uses: noop, compensate: u}
    - {id: b, uses: noop, depends_on: a}
    - {id: skipped, uses: noop, when: "false"}
    - {id: u, uses: noop}
  `);
  startedRun(undoing).refuses({ kind: 'rerun', from: 'a' }, 'run.not-ended');
  const run = startedRun(undoing).completes('a').completes('b').isIn('COMPLETED');

  run.refuses({ kind: 'rerun', from: 'u' }, 'rerun.undoing');
  run.refuses({ kind: 'rerun', from: 'skipped' }, 'rerun.not-begun');
  run.refuses({ kind: 'rerun', from: 'nobody' }, 'task.unknown');
  const undone = startedRun(undoing).completes('a').fails('b').completes('u').isIn('FAILED');
  undone.refuses({ kind: 'rerun', from: 'a' }, 'run.compensated').refuses(retry, 'run.compensated');
});

test('a run that went on can be compensated for what it did before and after', () => {
  const run = startedRun(
    chartOf(`
      - {id: a, uses: noop, compensate: undo_a}
      - {id: b, uses: noop, depends_on: a}
      - {id: undo_a, uses: noop}
    `),
  )
    .completes('a')
    .does({ kind: 'terminateRun' })
    .does(retry)
    .fails('b')
    .isIn('COMPENSATING');

  expect(run.effects()).toEqual(['undo_a#1']);
});

const fork = (of: Driven, more: { input?: Record<string, Json> } = {}) => {
  const { state, sequence, hash } = of.run();
  const from = { run: state.run, at: sequence, hash };
  return {
    kind: 'forkRun',
    run: 'fork-run',
    from,
    state: JSON.parse(JSON.stringify(state)),
    ...more,
  } as const;
};

test('a fork goes on under its own id from what the other run had done', () => {
  const of = startedRun(chain, { n: 1 }).completes('a');
  const run = undrivenRun(chain).does(fork(of, { input: { n: 9 } }));

  expect(run.effects()).toEqual(['b#1', 'side#1']);
  expect(run.run().state).toMatchObject({
    run: 'fork-run',
    input: { n: 9 },
    forkedFrom: { run: 'test-run', at: 2 },
    tasks: { a: { state: 'completed' } },
  });
  run.completes('b').completes('side').completes('c').isIn('COMPLETED');
});

test('a fork of a paused run is paused; one of a run that was not under way is refused', () => {
  const of = startedRun(chain, { n: 1 }).does({ kind: 'pauseRun' });
  const run = undrivenRun(chain).does(fork(of)).isIn('PAUSED');

  expect(run.does({ kind: 'resumeRun' }).effects()).toEqual(['a#1', 'side#1']);
  undrivenRun(chain).refuses(fork(done()), 'fork.not-running');
  run.refuses(fork(of), 'run.exists');
});

test('a fork starts runs of its own for what other runs carried out, and times attempts from its beginning', () => {
  const chart = chartOf(`
    - {id: sub, type: SUB_WORKFLOW, workflow: child, timeout: 1m}
    - {id: t, uses: noop, timeout: 1m}
  `);
  const of = startedRun(chart)
    .does(names('sub', 'c1'))
    .does({ kind: 'startTask', task: 't', attempt: 1, worker: 'w' });
  const run = undrivenRun(chart).passes(3_600_000).does(fork(of)).passes(0).isIn('RUNNING');

  expect(run.effects()).toEqual(['delegate sub#2', 't#1']);
  run.does(names('sub', 'f2', 2)).does({ kind: 'startTask', task: 't', attempt: 1, worker: 'w' });
  run.passes(59_999).isIn('RUNNING').passes(1).isIn('CANCELLING');
});
