// The way of one event through what is nested in each other: FORKs, loops and lists of items, up to three deep. Method:
// drive the core with commands; the driver replays every prefix of the journal besides.
import { expect, test } from 'vitest';
import type { Json } from '../../../events/canonical-json.ts';
import { chartOf } from '../../support/chart-of.ts';
import { startedRun } from '../../support/run-spec.ts';

const started = (tasks: string, input: Record<string, Json> = { list: ['a', 'b'] }) =>
  startedRun(chartOf(tasks, 'input: {optional: [{list: [a, b]}]}'), input);
const more = { more: true };
const enough = { more: false };

const forkInLoop = `
  - id: poll
    type: DO_WHILE
    loop_condition: "a.output.more"
    tasks:
      - {id: fan, type: FORK, branches: [[{id: a, uses: noop}], [{id: b, uses: noop}]]}
      - {id: ends, type: JOIN, depends_on: fan}
`;

test('a FORK in a loop is carried out anew in every pass', () => {
  const run = started(forkInLoop);
  expect(run.effects()).toEqual(['poll[0].a#1', 'poll[0].b#1']);
  run.completes('poll[0].b', 1).completes('poll[0].a', more);
  expect(run.effects()).toEqual(['poll[1].a#1', 'poll[1].b#1']);
  run.completes('poll[1].a', enough).completes('poll[1].b', 2).isIn('COMPLETED');

  expect(run.at('poll').output).toMatchObject({
    iteration: 2,
    results: [{ ends: { a: more, b: 1 } }, { ends: { a: enough, b: 2 } }],
  });
});

test('a branch that fails in a pass of a loop takes the FORK, the loop and the run with it', () => {
  const run = started(forkInLoop).fails('poll[0].a', 'broken').isIn('FAILED');

  expect(run.run().state).toMatchObject({ failedTask: 'poll', error: { code: 'broken' } });
  expect(run.at('poll[0].fan')).toMatchObject({ state: 'failed', error: { code: 'broken' } });
  expect(run.trail.slice(-4)).toEqual([
    'poll[0].a: scheduled -> failed',
    'poll[0].fan: open -> failed',
    'poll: open -> failed',
    'run: running -> failed',
  ]);
});

const loopInFork = `
  - id: fan
    type: FORK
    retry_policy: {max_attempts: 2, initial_delay: 1s}
    branches:
      - - id: poll
          type: DO_WHILE
          loop_condition: "ask.output.more"
          tasks: [{id: ask, uses: noop}]
        - {id: next, uses: noop}
      - [{id: b, uses: noop}]
`;

test('a loop in a branch keeps the branch waiting and the others going', () => {
  const run = started(loopInFork).completes('poll[0].ask', more).completes('b');
  expect(run.effects()).toEqual(['poll[1].ask#1']);

  expect(run.completes('poll[1].ask', enough).effects()).toEqual(['next#1']);
  expect(run.completes('next', 1).isIn('COMPLETED').at('fan').output).toEqual({ next: 1, b: {} });
});

test('a FORK that is tried again gives up the pass of a loop in a branch, and begins the loop anew', () => {
  const run = started(loopInFork).completes('poll[0].ask', more).fails('b');
  expect(run.effects()).toEqual([]);
  expect(run.passes(1_000).effects()).toEqual(['poll:2[0].ask#1', 'b#2']);
  const late = { kind: 'completeTask', attempt: 1, output: enough, worker: 'w', startedAt: '' } as const;
  run.refuses({ ...late, task: 'poll[1].ask' }, 'task.unknown');

  run.completes('poll:2[0].ask', enough).completes('b').completes('next').isIn('COMPLETED');
});

const forkInFork = `
  - id: outer
    type: FORK
    branches:
      - [{id: inner, type: FORK, branches: [[{id: a, uses: noop}], [{id: b, uses: noop}]]}, {id: next, uses: noop}]
      - [{id: c, uses: noop}]
`;

test('a FORK in a branch of another is one task of that branch', () => {
  const run = started(forkInFork);
  expect(run.effects()).toEqual(['a#1', 'b#1', 'c#1']);
  expect(run.completes('a').completes('c').completes('b').effects()).toEqual(['next#1']);

  expect(run.completes('next', 1).isIn('COMPLETED').at('outer').output).toEqual({ next: 1, c: {} });
});

test('what fails in the inner FORK cancels the branches of both, and what is cancelled cancels what is in it', () => {
  const inner = started(forkInFork).fails('a').isIn('FAILED');
  expect(inner.statuses()).toEqual({
    outer: 'FAILED',
    inner: 'FAILED',
    a: 'FAILED',
    b: 'CANCELLED',
    next: 'SKIPPED',
    c: 'CANCELLED',
  });

  const outer = started(forkInFork).completes('a').fails('c').isIn('FAILED');
  expect(outer.statuses()).toMatchObject({
    outer: 'FAILED',
    inner: 'CANCELLED',
    a: 'COMPLETED',
    b: 'CANCELLED',
  });
});

test('the inner FORK may be tried again by itself; the outer one begins both anew', () => {
  const retried = (outer: string, inner: string) =>
    started(`
      - id: outer
        type: FORK
        retry_policy: {max_attempts: ${outer}, initial_delay: 1s}
        branches:
          - - id: inner
              type: FORK
              retry_policy: {max_attempts: ${inner}, initial_delay: 1s}
              branches: [[{id: a, uses: noop}], [{id: b, uses: noop}]]
          - [{id: c, uses: noop}]
    `);
  expect(retried('1', '2').fails('a').passes(1_000).effects()).toEqual(['a#2', 'b#2', 'c#1']);

  const both = retried('2', '1').completes('b').completes('c').fails('a').passes(1_000);
  expect(both.effects()).toEqual(['a#2', 'b#2', 'c#2']);
  both.completes('a', 1).completes('b', 2).completes('c', 3).isIn('COMPLETED');
  expect(both.at('outer').output).toEqual({ inner: { a: 1, b: 2 }, c: 3 });
});

const threeDeep = `
  - id: each
    type: FORK
    for_each: "\${workflow.input.list}"
    as: letter
    tasks:
      - id: poll
        type: DO_WHILE
        loop_condition: "loop.iteration < 2"
        tasks:
          - id: lines
            type: FORK
            for_each: "\${[1, 2]}"
            as: line
            tasks:
              - {id: name, type: TRANSFORM, output: {is: "\${letter + string(loop.iteration) + string(line)}"}}
              - {id: pay, uses: noop, depends_on: name}
`;

test('three levels deep every task has its own address and sees everything around it', () => {
  const run = started(threeDeep);
  expect(run.effects()).toEqual([
    'each[0].poll[0].lines[0].pay#1',
    'each[0].poll[0].lines[1].pay#1',
    'each[1].poll[0].lines[0].pay#1',
    'each[1].poll[0].lines[1].pay#1',
  ]);
  for (const letter of [0, 1])
    for (const round of [0, 1])
      for (const line of [1, 0]) run.completes(`each[${letter}].poll[${round}].lines[${line}].pay`, line);

  const output = run.isIn('COMPLETED').at('each').output as {
    readonly results: readonly { readonly results: readonly { readonly results: Json }[] }[];
  };
  const names = output.results.map(({ results }) => results.map((each) => each.results));
  const line = (is: string, pay: number) => ({ name: { is }, pay });
  expect(names).toEqual([
    [
      [line('a11', 0), line('a12', 1)],
      [line('a21', 0), line('a22', 1)],
    ],
    [
      [line('b11', 0), line('b12', 1)],
      [line('b21', 0), line('b22', 1)],
    ],
  ]);
});

test('a failure three levels deep comes up through everything it is in, with its cause', () => {
  const run = started(threeDeep).fails('each[1].poll[0].lines[0].pay', 'deep.down').isIn('FAILED');

  for (const at of ['each[1].poll[0].lines', 'each[1].poll', 'each'])
    expect(run.at(at), at).toMatchObject({ state: 'failed', error: { code: 'deep.down' } });
  expect(run.at('each[0].poll').state).toBe('open');
  expect(run.effects()).toEqual([]);
});

test('a failure that is tolerated half way up goes no further', () => {
  const run = started(threeDeep.replace('as: line', 'as: line\n            tolerate_failures: 50%'))
    .fails('each[0].poll[0].lines[0].pay', 'deep.down')
    .completes('each[0].poll[0].lines[1].pay', 1);

  expect(run.at('each[0].poll[0].lines').output).toMatchObject({ succeeded: 1, failed: 1 });
  expect(run.effects()[0]).toBe('each[0].poll[1].lines[0].pay#1');
});

test('a retry three levels deep counts for what is tried again alone', () => {
  const run = started(
    threeDeep.replace(
      'loop_condition',
      'retry_policy: {max_attempts: 2, initial_delay: 1s}\n        loop_condition',
    ),
  ).fails('each[1].poll[0].lines[0].pay');

  expect(run.at('each[1].poll').state).toBe('retrying');
  expect(run.passes(1_000).effects()).toEqual([
    'each[0].poll[0].lines[0].pay#1',
    'each[0].poll[0].lines[1].pay#1',
    'each[1].poll:2[0].lines[0].pay#1',
    'each[1].poll:2[0].lines[1].pay#1',
  ]);
});

test('timers run at every depth, and only in passes under way', () => {
  const run = started(threeDeep.replace('pay, uses', 'pay, queue_timeout: 5s, optional: true, uses'))
    .completes('each[0].poll[0].lines[0].pay')
    .passes(5_000);

  expect(run.at('each[0].poll[0].lines').state).toBe('completed');
  expect(run.effects()[0]).toBe('each[0].poll[1].lines[0].pay#1');
  run.passes(5_000).isIn('COMPLETED');
});

test('a TERMINATE in a pass ends the run', () => {
  const run = started(`
    - id: each
      type: FORK
      for_each: "\${workflow.input.list}"
      tasks:
        - {id: ask, uses: noop}
        - {id: stop, type: TERMINATE, status: COMPLETED, depends_on: ask, output: {by: "\${item}"}}
  `).completes('each[1].ask');

  expect(run.isIn('COMPLETED').run().state.output).toEqual({ by: 'b' });
  expect(run.at('each[1].stop').state).toBe('completed');
});

test('a pass paused for a person begins its task anew when the run is resumed, and the others go on', () => {
  const run = started(`
    - id: each
      type: FORK
      for_each: "\${workflow.input.list}"
      tasks: [{id: pay, uses: noop, retry_policy: {on_exhausted: pause}}]
  `)
    .fails('each[0].pay')
    .isIn('PAUSED');
  expect(run.run().state.pausedBy).toBe('each[0].pay');

  expect(run.does({ kind: 'resumeRun' }).effects()).toEqual(['each[0].pay#2', 'each[1].pay#1']);
});

test('a loop that never waits goes round a thousand times, and its journal is not larger than its passes', () => {
  const run = started(
    `
    - id: poll
      type: DO_WHILE
      items: "\${workflow.input.list}"
      max_iterations: 100000
      keep_last: 1
      tasks: [{id: nothing, type: NOOP}]
  `,
    { list: Array.from({ length: 1_000 }, (_, index) => index) },
  );

  expect(run.isIn('COMPLETED').at('poll').output).toEqual({ iteration: 1_000, results: [null] });
  expect(run.bodies).toHaveLength(2);
});
