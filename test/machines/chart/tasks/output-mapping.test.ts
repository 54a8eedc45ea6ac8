// The output that the chart makes for a task is reshaped, and written to a file, as that of a worker is. Method: drive
// the core with commands; the driver replays every prefix of the journal besides.
import { expect, test } from 'vitest';
import { chartOf } from '../../../support/chart-of.ts';
import { startedRun } from '../../../support/run-spec.ts';

const listed = 'input: {optional: [{orders: [1, 2]}]}';
/** One task of every type whose output the chart makes, how its work gets done, and what it then has as its result. */
const made: readonly (readonly [string, string, (run: ReturnType<typeof startedRun>) => unknown, unknown])[] =
  [
    ['a NOOP', 'type: NOOP', () => undefined, null],
    ['a JOIN', 'type: JOIN, join_on: a', () => undefined, { a: 'A' }],
    ['a FORK', 'type: FORK, branches: [[{id: b, uses: noop}]]', (run) => run.completes('b', 'B'), { b: 'B' }],
    [
      'a FORK over a list',
      'type: FORK, for_each: "${workflow.input.orders}", tasks: [{id: b, type: NOOP}]',
      () => undefined,
      { results: [null, null], failures: [], total: 2, succeeded: 2, failed: 0 },
    ],
    [
      'a loop',
      'type: DO_WHILE, items: "${workflow.input.orders}", tasks: [{id: b, type: NOOP}]',
      () => undefined,
      { iteration: 2, results: [null, null] },
    ],
    [
      'a WAIT',
      'type: WAIT, signal: go',
      (run) => run.does({ kind: 'signal', name: 'go', data: { by: 'ana' } }),
      { by: 'ana' },
    ],
    ['a SET_VARIABLE', 'type: SET_VARIABLE, variables: {n: 1}', () => undefined, { n: 1 }],
  ];

test.each(made)('the output of %s may be reshaped', (_what, keys, works, result) => {
  const chart = chartOf(
    `- {id: a, uses: noop}\n- {id: t, depends_on: a, ${keys}, output: {was: "\${result}", a: "\${a.output}"}}`,
    listed,
  );
  const run = startedRun(chart, { orders: [1, 2] }).completes('a', 'A');
  works(run);

  expect(run.isIn('COMPLETED').at('t')).toMatchObject({ attempt: 1, output: { was: result, a: 'A' } });
  expect(run.trail).toContain('t: shaping -> completed');
});

test.each(made)(
  'the output of %s may be written to a file, which is an attempt with a number',
  (_what, keys, works) => {
    const chart = chartOf(
      `- {id: a, uses: noop}\n- {id: t, depends_on: a, ${keys}, output_to: out/t.json}`,
      listed,
    );
    const run = startedRun(chart, { orders: [1, 2] }).completes('a', 'A');
    works(run);
    expect(run.effects()).toEqual(['t#1']);

    expect(run.completes('t', 'written').isIn('COMPLETED').at('t')).toMatchObject({
      attempt: 1,
      output: 'written',
    });
  },
);

test('an output that cannot be reshaped fails its task with what it saw', () => {
  const run = startedRun(chartOf('- {id: t, type: NOOP, output: {x: "${result.nothing}"}}')).isIn('FAILED');

  expect(run.at('t').error?.code).toBe('expression.failed');
});

test('a file that cannot be written fails the task; an optional one goes on', () => {
  const failed = startedRun(chartOf('- {id: t, type: NOOP, output_to: t.json}')).fails(
    't',
    'output.unwritable',
  );
  expect(failed.isIn('FAILED').at('t').error?.code).toBe('output.unwritable');

  const goesOn = startedRun(chartOf('- {id: t, type: NOOP, output_to: t.json, optional: true}')).fails('t');
  expect(goesOn.isIn('COMPLETED').statuses()).toEqual({ t: 'COMPLETED_WITH_ERRORS' });
});

test('a file that is written again after a retry of the run is written by another attempt', () => {
  const run = startedRun(chartOf('- {id: t, type: NOOP, output_to: t.json}'))
    .fails('t')
    .does({ kind: 'retryRun' });

  expect(run.effects()).toEqual(['t#2']);
  run.refuses(
    { kind: 'completeTask', task: 't', attempt: 1, output: 'late', worker: 'w', startedAt: '' },
    'task.stale-attempt',
  );
  run.completes('t').isIn('COMPLETED');
});

test('a task that ends while its output is shaped takes no result any more', () => {
  const run = startedRun(chartOf('- {id: t, type: NOOP, output_to: t.json}\n- {id: other, uses: noop}')).does(
    { kind: 'skipTask', task: 't' },
  );

  expect(run.effects()).toEqual(['other#1']);
  run.refuses(
    { kind: 'completeTask', task: 't', attempt: 1, output: 'late', worker: 'w', startedAt: '' },
    'task.not-open',
  );
  expect(run.fails('other').isIn('FAILED').statuses()).toEqual({ t: 'SKIPPED', other: 'FAILED' });
});

test('a task completed by hand while its output is shaped has the output it was given', () => {
  const run = startedRun(chartOf('- {id: t, type: NOOP, output_to: t.json}'));

  expect(run.does({ kind: 'resolveTask', task: 't', output: 1 }).isIn('COMPLETED').at('t').output).toBe(1);
});

test('the output of a pass may be shaped in the pass', () => {
  const run = startedRun(
    chartOf(
      `
      - id: each
        type: FORK
        for_each: "\${workflow.input.orders}"
        tasks: [{id: t, type: NOOP, output: {order: "\${item}"}, output_to: "out/\${item}.json"}]
        output: {orders: "\${result.results}"}
    `,
      listed,
    ),
    { orders: [1, 2] },
  );
  expect(run.effects()).toEqual(['each[0].t#1', 'each[1].t#1']);

  run.completes('each[0].t', 'A').completes('each[1].t', 'B').isIn('COMPLETED');
  expect(run.at('each').output).toEqual({ orders: ['A', 'B'] });
});

test('a worker can neither begin nor end what the chart makes by itself', () => {
  const run = startedRun(
    chartOf(`
      - {id: set, type: SET_VARIABLE, variables: {n: 1}}
      - {id: sub, type: SUB_WORKFLOW, workflow: other}
      - {id: file, type: NOOP, output_to: t.json}
    `),
  );
  run.refuses({ kind: 'startTask', task: 'file', attempt: 1, worker: 'w' }, 'task.not-started');
  run.refuses({ kind: 'startTask', task: 'sub', attempt: 1, worker: 'w' }, 'task.not-open');

  const end = { attempt: 1, worker: 'w', startedAt: '' };
  run.refuses({ kind: 'completeTask', task: 'sub', output: 1, ...end }, 'task.not-open');
});
